"""What a person does on the desk. Works with what is on the screen; no JavaScript is needed there."""

import re
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect

SIZE: ViewportSize = {"width": 1366, "height": 768}


class Desk:
    """One person signed in at the desk, in a browser context of its own."""

    def __init__(self, browser: Browser, url: str, login: str, password: str) -> None:
        self.context = browser.new_context(
            viewport=SIZE, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", accept_downloads=True
        )
        self.page: Page = self.context.new_page()
        self.url = url
        self.go("/sign-in")
        self.page.get_by_label("Tên đăng nhập").fill(login)
        self.page.get_by_label("Mật khẩu", exact=True).fill(password)
        self.page.get_by_role("button", name="Đăng nhập", exact=True).click()
        expect(self.page.get_by_role("button", name="Đăng xuất")).to_be_visible()

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def menu(self, name: str) -> None:
        self.page.get_by_role("navigation", name="Chính").get_by_role("link", name=name).click()

    def button(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=name).first.click()

    def link(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("link", name=name).first.click()

    def comes_to_say(self, path: str, text: str) -> None:
        """Look at a page again and again: what a phone sends arrives a moment after the phone has signed it."""
        for _ in range(40):
            self.go(path)
            if self.page.get_by_role("main").get_by_text(text).count() > 0:
                break
            self.page.wait_for_timeout(500)
        self.says(text)

    def says(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("main").get_by_text(text).first).to_be_visible()

    # --- the administrator ------------------------------------------------------------------------------------

    def publish_checklist(self, file: Path) -> None:
        self.go("/checklists/publish")
        self.page.get_by_label("Tệp YAML").set_input_files(file)
        self.button("Kiểm lỗi và xuất bản")

    def make_campaign(self, title: str, host: str, first: date, last: date) -> None:
        self.menu("Đợt kiểm tra")
        self.link("Lập đợt kiểm tra")
        if self.page.get_by_label("Tìm đơn vị").count():
            self.page.get_by_label("Tìm đơn vị").fill(host)
            self.button("Tìm")
            self.link(f"Chọn {host}")
        self.page.get_by_label("Tên đợt kiểm tra").fill(title)
        self.page.get_by_label("Số kế hoạch").fill("89/KH-UBND")
        self.page.get_by_label("Số, ký hiệu").fill("215/QĐ-UBND")
        self.page.get_by_label("Ngày ban hành").fill(first.isoformat())
        self.page.get_by_label("Từ ngày", exact=True).fill(first.isoformat())
        self.page.get_by_label("Đến ngày", exact=True).fill(last.isoformat())
        self.page.get_by_label("Phiếu kiểm tra", exact=True).select_option(index=1)
        self.button("Lập đợt kiểm tra")

    def pick_units(self, *names: str) -> None:
        self.link("Chọn đơn vị")
        for name in names:
            self.page.get_by_role("checkbox", name=name).check()
        self.button("Thêm các đơn vị đã đánh dấu")
        self.link("Xong")

    def form_delegation(self, name: str, lead: str, *members: str) -> None:
        self.link("Lập đoàn")
        self.page.get_by_label("Tên đoàn").fill(name)
        self.page.get_by_role("radio", name=re.compile(rf"Trưởng đoàn ?: {lead}")).check()
        for member in members:
            self.page.get_by_role("checkbox", name=re.compile(rf"Thành viên ?: {member}")).check()
        self.button("Lập đoàn")
        self.page.locator(".crumbs").get_by_role("link").last.click()

    def plan_visits(self, days: dict[str, date], *, surprise_at: str = "") -> None:
        self.link("Lên lịch kiểm tra")
        delegation = self.page.get_by_label("Đoàn kiểm tra")
        expect(delegation).to_be_visible()  # counting does not wait for the page
        delegation.select_option(index=delegation.locator("option").count() - 1)
        for unit, day in days.items():
            self.page.get_by_label(unit, exact=True).fill(day.isoformat())
        if surprise_at:
            self.page.get_by_role("checkbox", name="Giữ kín đơn vị").check()
            self.page.get_by_label("Giờ dự kiến bắt đầu").fill(surprise_at)
        self.button("Lưu lịch")

    def cancel_visit(self, campaign: str, unit: str, reason: str) -> None:
        self.menu("Đợt kiểm tra")
        self.link(campaign)
        self.link(unit)
        self.page.locator("summary").filter(has_text="Hủy cuộc kiểm tra").click()
        self.page.get_by_label("Lý do hủy").fill(reason)
        self.button("Hủy cuộc kiểm tra")
        self.says("Đã hủy cuộc kiểm tra.")

    # --- conclusions ------------------------------------------------------------------------------------------

    def conclude(self, unit: str) -> None:
        self.menu("Kết luận")
        self.button(f"Lập kết luận {unit}")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(unit)

    def open_conclusion(self, unit: str) -> None:
        self.menu("Kết luận")
        self.link(f"Mở {unit}")

    def submit(self) -> None:
        self.button("Trình thẩm định")

    def edit_finding(self, words: str, *, text: str, days: int) -> None:
        card = self.page.locator("article, li, section.card, .card").filter(has_text=words).last
        opener = card.locator("summary").filter(has_text=re.compile("Sửa"))
        opener.first.click()
        card.get_by_label("Tồn tại", exact=True).fill(text)
        card.get_by_label("Thời hạn (ngày làm việc)").fill(str(days))
        card.get_by_role("button", name="Lưu nội dung").click()

    def add_instruction(self, text: str) -> None:
        if not self.page.get_by_label("Nội dung chỉ đạo").is_visible():
            self.page.locator("summary").filter(has_text="Thêm chỉ đạo").click()
        self.page.get_by_label("Nội dung chỉ đạo").fill(text)
        self.button("Thêm chỉ đạo")

    def issue(self) -> str:
        """Approve and issue with the number that is offered; returns the printed number."""
        self.button("Duyệt nội dung")
        self.link("Ban hành")
        number = self.page.get_by_label("Số văn bản").input_value()
        self.button("Ký ban hành và giao nhiệm vụ")
        return f"{int(number):02d}/TB-UBND"
