"""What a person does with the field client, in that person's words. Every method works with what is on the screen."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, expect

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong

SAFE = re.compile(r"Máy chủ đã có (\d+)/\1 thay đổi")
MAY_TURN_OFF = re.compile(r"Máy chủ đã có (\d+)/\1 thay đổi.* · có thể tắt máy")


class Phone:
    """One person's phone: a browser context of its own and the page in it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.page = context.pages[0] if context.pages else context.new_page()

    # --- getting there ----------------------------------------------------------------------------------------

    def open(self, path: str = "") -> None:
        """Go to a screen and wait until the app has started: before that there is nothing to look at."""
        self.page.goto(f"{self.url}/field/{path}")
        expect(self.page.locator("main:not(.boot)")).to_be_visible()

    def sign_in(self, login: str, password: str) -> None:
        self.open()
        self.page.get_by_label("Tên đăng nhập").fill(login)
        self.page.get_by_label("Mật khẩu", exact=True).fill(password)
        self.page.get_by_role("button", name="Đăng nhập").click()
        expect(self.page.get_by_role("heading", name="Cuộc kiểm tra của tôi")).to_be_visible()

    def ready_for(self, unit: str) -> None:
        """The visit is on the phone, and the worker that serves the app without a network is in place."""
        card = self.page.get_by_role("link").filter(has_text=unit)
        expect(card).to_contain_text("Sẵn sàng khi mất mạng")
        self.page.wait_for_function("() => navigator.serviceWorker.ready.then(r => r.active?.state === 'activated')")

    def open_visit(self, unit: str) -> None:
        self.open()
        self.page.get_by_role("link").filter(has_text=unit).first.click()
        expect(self.page.get_by_role("heading", name="Các phần")).to_be_visible()

    def jump(self, number: str, item: str) -> None:
        """Go to an item by its number on the jump sheet; the cursor is in its card then."""
        self.page.get_by_role("button", name="Đi tới nội dung").click()
        self.page.get_by_role("dialog").get_by_role("link", name=re.compile(rf"^{re.escape(number)} ")).click()
        expect(self.card(item)).to_be_focused()

    # --- a surprise visit ---------------------------------------------------------------------------------------

    def ready_for_a_surprise(self) -> None:
        """A member's phone holds the visit, and its list tells the day alone."""
        self.open()
        sealed = self.page.get_by_role("region", name=re.compile("Kiểm tra đột xuất"))
        expect(sealed.get_by_role("link")).to_contain_text("Sẵn sàng khi mất mạng")
        self.page.wait_for_function("() => navigator.serviceWorker.ready.then(r => r.active?.state === 'activated')")

    def start_surprise(self) -> str:
        """The lead has arrived; returns the code as it is read out in the hall."""
        self.open()
        self.page.get_by_role("link").filter(has_text="Kiểm tra đột xuất").click()
        self.page.get_by_role("button", name="Bắt đầu kiểm tra đột xuất").click()
        self.page.get_by_role("button", name="Đã đến nơi, bắt đầu").click()
        self.show_start()
        return self.page.get_by_text(re.compile(r"^\d{4} \d{4} \d{4}$")).inner_text()

    def show_start(self) -> None:
        """Unfold when the visit was started, and the code for who has no network."""
        self.page.locator("summary").filter(has_text="Bắt đầu lúc").click()

    def open_by_code(self, code: str) -> None:
        self.open()
        self.page.get_by_role("region", name=re.compile("Kiểm tra đột xuất")).get_by_role("link").click()
        self.page.get_by_label("Mã bắt đầu").fill(code)
        self.page.get_by_role("button", name="Mở cuộc kiểm tra").click()

    # --- answering --------------------------------------------------------------------------------------------

    def section(self, number: int) -> None:
        """Go to a section from anywhere inside the visit."""
        inside = {"team", "comments", "contested", "held", "summary", "sign", "score"}
        if "/sections/" in self.page.url or self.page.url.split("/")[-1] in inside:
            self.page.get_by_role("link", name="Về cuộc kiểm tra").click()
        self.page.get_by_role("link").filter(has_text=re.compile(rf"^{number}\.")).click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(f"{number}.")

    def card(self, item: str) -> Locator:
        return self.page.locator(f"#item-{item}")

    def say(self, item: str, word: str) -> None:
        """Press one of an item's answer buttons and wait until it is durably saved."""
        button = self.card(item).get_by_role("button", name=word, exact=True).first
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        self.saved()

    def choose(self, item: str, *texts: str) -> None:
        """Choose options of a choice or of choices."""
        for text in texts:
            option = (
                self.card(item).get_by_role("button", name=text).or_(self.card(item).get_by_role("checkbox", name=text))
            )
            option.first.click()
        self.saved()

    def count(self, item: str, observed: int, total: int) -> None:
        """Type the two numbers of a ratio."""
        card = self.card(item)
        card.locator("[id$='-value-observed']").first.fill(str(observed))
        total_box = card.locator("[id$='-value-total']").first
        total_box.fill(str(total))
        total_box.blur()
        self.saved()

    def tally(self, item: str, *, hits: int, misses: int) -> None:
        """Count on the spot with the two large buttons, as fast as a thumb can; one too many is taken back."""
        card = self.card(item)
        for button, times in ((".hit", hits), (".miss", misses + 1)):
            for _ in range(times):
                card.locator(f"button{button}").click()
        card.get_by_role("button", name="Bớt lượt vừa đếm").click()
        expect(card.locator("output").first).to_contain_text(f"{hits}/{hits + misses} ")

    def number(self, item: str, value: str) -> None:
        box = self.card(item).locator("[id$='-value']").first
        box.fill(value)
        box.blur()
        self.saved()

    def note(self, item: str, text: str) -> None:
        self.card(item).get_by_role("button", name="Ghi chú").click()
        box = self.card(item).get_by_label("Ghi chú")
        box.fill(text)
        box.blur()
        self.saved()

    def roster(self, item: str, rows: int, *, exceptions: tuple[str, ...] = ()) -> None:
        """Add rows, say that all are fine, then tap the tiles of the exceptions, named by their labels."""
        card = self.card(item)
        if rows > 5:
            card.get_by_text("Thêm nhiều dòng một lần").click()
            card.get_by_label("Số dòng cần thêm", exact=True).fill(str(rows))
            card.get_by_role("button", name=f"Thêm {rows} dòng").click()
        else:
            for n in range(1, rows + 1):
                card.get_by_role("button", name="Thêm", exact=True).click()
                expect(card.locator("li.line")).to_have_count(n)
        expect(card.locator("li.line")).to_have_count(rows)
        card.get_by_role("button", name=re.compile("^Tất cả đạt")).click()
        expect(card.get_by_role("button", name=re.compile("^Tất cả đạt"))).to_be_hidden()
        for row in exceptions:
            tile = card.locator("button.tile").filter(has_text=row)
            tile.click()
            expect(tile).to_have_attribute("aria-pressed", "true")
        if rows > 1:
            expect(card.locator("li.line")).to_have_count(len(exceptions))  # in full beside the tiles
            card.get_by_role("button", name="Từng dòng").click()
            expect(card.locator("li.line")).to_have_count(rows)
        self.saved()

    def photograph(self, item: str, picture: Path) -> None:
        before = self.card(item).get_by_role("button", name=re.compile("^Ảnh ")).count()
        self.card(item).locator("input[type=file]").last.set_input_files(picture)
        expect(self.card(item).get_by_role("button", name=re.compile("^Ảnh "))).to_have_count(before + 1)

    def cover(self, item: str, caption: str) -> None:
        """Cover a part of the last photo with the finger, point at something by keyboard, say what the copy shows."""
        photos = self.card(item).get_by_role("button", name=re.compile("^Ảnh "))
        before = photos.count()
        photos.last.click()
        self.page.get_by_role("dialog").get_by_role("button", name="Che mặt, đánh dấu").click()
        canvas = self.page.get_by_label("Ảnh để vẽ lên")
        expect(canvas).to_be_visible()
        box = canvas.bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5, steps=4)
        self.page.mouse.up()
        self.page.get_by_role("button", name="Mũi tên").click()
        canvas.focus()
        for key in ("Enter", "ArrowRight", "ArrowDown", "ArrowDown", "Enter"):
            canvas.press(key)
        self.page.get_by_role("button", name="Lưu thành ảnh mới").click()
        expect(self.page.get_by_text("Đã che khuôn mặt hoặc giấy tờ từ ảnh gốc")).to_be_visible()
        box_of_words = self.page.get_by_label("Mô tả ảnh")
        box_of_words.fill(caption)
        box_of_words.blur()
        self.saved()
        self.page.get_by_role("button", name="Đóng", exact=True).click()
        expect(photos).to_have_count(before + 1)

    # --- the team -----------------------------------------------------------------------------------------------

    def assign(self, number: int, name: str) -> None:
        """The lead gives a section to a member."""
        self.page.get_by_role("link", name="Phân công và theo dõi đoàn").click()
        chip = self.page.get_by_role("group", name=re.compile(rf"^{number}\.")).get_by_role("button", name=name)
        chip.click()
        expect(chip).to_have_attribute("aria-pressed", "true")

    def comment(self, item: str, text: str) -> None:
        card = self.card(item)
        card.get_by_role("button", name="Trao đổi").click()
        card.get_by_label("Viết cho các thành viên").fill(text)
        card.get_by_role("button", name="Gửi trong đoàn").click()
        expect(card.get_by_role("listitem").filter(has_text=text)).to_contain_text("Bạn")

    def mark_done(self) -> None:
        self.page.get_by_role("button", name="Đánh dấu đã xong phần này").click()
        expect(self.page.get_by_text(re.compile("^Xong: Bạn"))).to_be_visible()

    def saved(self) -> None:
        """Nothing is still on its way to the phone's own storage."""
        expect(self.page.get_by_text("Đang lưu…")).to_have_count(0)
        expect(self.page.get_by_text("Đang nhập, đã giữ bản nháp…")).to_have_count(0)

    # --- sync -------------------------------------------------------------------------------------------------

    def synced(self) -> str:
        """Wait until the server has everything of this visit; returns the sentence the person reads."""
        sentence = self.page.get_by_text(SAFE).first
        expect(sentence).to_be_visible(timeout=30_000)
        return sentence.inner_text()

    def send_now(self) -> None:
        self.open("sync")
        self.page.get_by_role("button", name="Gửi và nhận ngay").click()
        expect(self.page.get_by_text(MAY_TURN_OFF).first).to_be_visible(timeout=30_000)

    # --- closing and signing ----------------------------------------------------------------------------------

    def close_visit(self, reason: str) -> None:
        self.page.get_by_role("link", name="Tổng hợp và chốt").first.click()
        expect(self.page.get_by_role("heading", name="Chốt biên bản")).to_be_visible()
        expect(self.page.get_by_text("Đang hỏi máy chủ")).to_have_count(0)
        for box in self.page.get_by_label(re.compile("^Lý do (còn|chốt|không chờ)")).all():
            box.fill(reason)
        self.page.get_by_role("button", name="Chốt để đọc lại và ký").click()
        expect(self.page.get_by_role("heading", name=re.compile("^Kết quả (kiểm tra tại|tự kiểm tra)"))).to_be_visible()

    def sign_unit(self, name: str, title: str, objection: tuple[str, str] | None = None) -> None:
        self.page.get_by_role("button", name="Đã đọc xong, sang bước ký").click()
        if objection:
            self.page.get_by_role("button", name="Thêm ý kiến").click()
            self.page.get_by_label("Về nội dung").select_option(label=objection[0])
            self.page.get_by_label("Ý kiến", exact=True).fill(objection[1])
        self._sign(name, title)

    def sign_lead(self, name: str, title: str) -> None:
        expect(self.page.get_by_role("heading", name="Trưởng đoàn kiểm tra")).to_be_visible()
        self._sign(name, title)
        expect(self.page.get_by_text("Biên bản đã có đủ hai chữ ký.")).to_be_visible()

    def sign_alone(self, name: str, title: str) -> None:
        """Who leads a self-check signs it, and nobody else."""
        self.page.get_by_role("button", name="Đã đọc xong, sang bước ký").click()
        expect(self.page.get_by_text("từ chối ký")).to_have_count(0)
        self._sign(name, title)
        expect(self.page.get_by_text("Bản tự kiểm tra đã được ký.")).to_be_visible()

    def minutes_pdf(self, named: str = "bien-ban-kiem-tra") -> bytes:
        """Make the minutes on the phone and save them, as both parties take them with them."""
        self.page.get_by_role("button", name="Lập biên bản PDF").click()
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name="Lưu vào máy").click()
        assert re.fullmatch(rf"{named}-[a-z-]+-\d{{4}}-\d\d-\d\d\.pdf", download.value.suggested_filename)
        return Path(download.value.path()).read_bytes()

    def _sign(self, name: str, title: str) -> None:
        self.page.get_by_label("Họ và tên").fill(name)
        self.page.get_by_label("Chức vụ").fill(title)
        pad = self.page.get_by_role("img", name=f"Khung ký của {name}", exact=True)
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        mouse = self.page.mouse
        mouse.move(box["x"] + 30, box["y"] + box["height"] * 0.7)
        mouse.down()
        for k in range(1, 25):
            mouse.move(box["x"] + 30 + k * 9, box["y"] + box["height"] * (0.3 if k % 4 < 2 else 0.7))
        mouse.up()
        self.page.get_by_role("button", name="Ký biên bản").click()
