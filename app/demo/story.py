"""Plays the scenario up to its last day through the product's own actions, with the clock set to each day in turn.

Nothing is written past the actions: what the demo shows is what people would have made. Dates are shifted so that
the scenario's `today` is the real one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

from app.accounts.actions import authorities, people
from app.accounts.actions import units as unit_actions
from app.accounts.models import Unit
from app.accounts.queries import sessions
from app.campaigns.actions import campaigns, chains, delegations, visits
from app.campaigns.queries import planning
from app.checklists import queries as checklists
from app.checklists.commands import FOLDER, publish_shipped, shipped
from app.checklists.loader import load
from app.demo.phone import Phone
from app.demo.sample import QUARTER, SampleCell, SampleVisit, cells_of, row_id
from app.domain.authority import CHIEF_TITLE, DEPUTY_TITLE, Authority
from app.domain.checklist import Checklist
from app.domain.conclusions import ChainStep
from app.domain.notice import long_date
from app.domain.permissions import Actor, Role
from app.extensions import Clock, db, new_id
from app.findings.actions import drafting, recording, reviewing, wording
from app.findings.actions.documents import Numbering
from app.findings.models import Conclusion
from app.findings.queries import records
from app.remediation import actions as remediation
from app.remediation.actions import Handed
from app.remediation.models import RemediationTask
from app.transactions import own_transaction

HERE = Path(__file__).resolve().parent
PASSWORD = "mau-son-tay-2020"  # noqa: S105  sample accounts on sample data
VIETNAM = timezone(timedelta(hours=7))
SCHEME = "kich-ban"
CAPTIONS = {
    "ban-khong-bien.jpg": "Bàn tiếp nhận chưa có biển để bàn.",
    "ban-co-bien.jpg": "Các bàn đều có biển ghi tên và chức vụ.",
    "bang-niem-yet.jpg": "Bảng niêm yết ở sảnh tầng 1.",
}
PHOTO_PLACE = {"lat_e6": 21_138_000, "lon_e6": 105_505_000, "accuracy_m": 14}
# Who answers for which section of the visit that is left open, and what its people told each other.
ASSIGNED = {"bien-the": "canboa", "quan-so": "canboa", "niem-yet": "canbob", "ho-so": "canbob"}
TALK = (
    ("canboa", "bien-de-ban", "Bàn số 3 đang thay biển mới, cuối buổi tôi quay lại xem."),
    ("canbob", "noi-quy-niem-yet", "Tôi không thấy nội quy ở sảnh, có thể treo ở cửa phụ."),
    ("truongdoan", "noi-quy-niem-yet", "Hai đồng chí cùng ra xem lại, tôi quyết định sau."),
)
FIGURES = {"desks": 9, "desks_with_sign": 9, "staff": 10, "staff_with_badge": 10, "dossiers": 400, "on_time": 396}


@dataclass(frozen=True)
class Login:
    """A demo account: who it is, and what to try with it."""

    login: str
    name: str
    says: str
    roles: tuple[tuple[str, Role, str], ...]  # unit key, role, printed title


LOGINS = (
    Login("quantri", "Quản trị viên", "đơn vị, tài khoản, phiếu, đợt kiểm tra", (("son-tay", Role.ADMINISTRATOR, ""),)),
    Login(
        "truongdoan",
        "Phó Chủ tịch A",
        "Trưởng đoàn trên điện thoại (/field/), Phó Chủ tịch trên bàn điều hành",
        (("son-tay", Role.VICE_CHAIR, "Phó Chủ tịch UBND thị xã"), ("son-tay", Role.INSPECTOR, "")),
    ),
    Login(
        "phochutich",
        "Phó Chủ tịch B",
        "duyệt và ban hành kết luận của đoàn do Phó Chủ tịch A dẫn đầu",
        (("son-tay", Role.VICE_CHAIR, "Phó Chủ tịch UBND thị xã"),),
    ),
    Login(
        "vanphong",
        "Cán bộ văn phòng",
        "thẩm tra dự thảo kết luận trước khi trình Phó Chủ tịch",
        (("son-tay", Role.OFFICE, "Chuyên viên Văn phòng HĐND và UBND"),),
    ),
    *(
        Login(f"canbo{letter}", f"Cán bộ {letter.upper()}", "thành viên đoàn, trả lời phiếu trên điện thoại",
              (("son-tay", Role.INSPECTOR, ""),))
        for letter in "abcd"
    ),
    Login("leloi", "Chủ tịch phường Lê Lợi", "xem nhiệm vụ khắc phục của phường",
          (("le-loi", Role.WARD_HEAD, "Chủ tịch UBND phường"),)),
    Login("leloi.canbo", "Cán bộ phường Lê Lợi", "báo cáo khắc phục kèm ảnh",
          (("le-loi", Role.WARD_OFFICER, "Công chức Văn phòng – Thống kê"),)),
    Login("sonloc", "Chủ tịch phường Sơn Lộc", "đơn vị không có tồn tại",
          (("son-loc", Role.WARD_HEAD, "Chủ tịch UBND phường"),)),
)  # fmt: skip


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Let the server's clock show a moment of the story, and go on from there a second at each look."""
    before = Clock.source
    ticks = iter(range(10**9))
    Clock.source = staticmethod(lambda: moment.astimezone(UTC) + timedelta(seconds=next(ticks)))
    try:
        yield
    finally:
        Clock.source = before


@dataclass
class Story:
    """The scenario being played. `today` is the real day that the scenario's last day becomes."""

    today: date
    scenario: dict[str, Any] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    visits: dict[str, str] = field(default_factory=dict)
    checklist: Checklist = field(init=False)
    chk: str = ""

    def __post_init__(self) -> None:
        self.scenario = yaml.safe_load((HERE / "son-tay-2020.yaml").read_text(encoding="utf-8"))

    # --- days and people --------------------------------------------------------------------------------------

    def day(self, text: str) -> date:
        """A day of the scenario, shifted."""
        shift = self.today - date.fromisoformat(str(self.scenario["today"]))
        return date.fromisoformat(text) + shift

    @contextmanager
    def at(self, text: str, clock: str = "08:00") -> Iterator[date]:
        """Play at this hour of this day (Viet Nam time)."""
        day = self.day(text)
        with clock_at(datetime.combine(day, time.fromisoformat(clock), VIETNAM)):
            yield day

    def actor(self, login: str, day: date) -> Actor:
        name = next(each.name for each in LOGINS if each.login == login)
        return sessions.actor_of(self.users[login], name, day)

    def phone(self, login: str, visit: str, day: date) -> Phone:
        return Phone(self.actor(login, day), f"demo-{login}"[:22], self.visits[visit], self.chk)

    # --- what the administrator sets up -----------------------------------------------------------------------

    def add_units_and_people(self) -> None:
        """The scenario's units below the real Hà Nội, and the demo's accounts."""
        hanoi = db.session.query(Unit).filter_by(scheme="gso-2025", code="01").one()
        placed: dict[str, Unit] = {"ha-noi": hanoi}
        with own_transaction():
            for each in self.scenario["units"]:
                if each["key"] == "ha-noi":
                    continue
                ends = self.day(str(each["valid_to"])) if each.get("valid_to") else None
                facts = unit_actions.UnitFacts(SCHEME, each["key"], each["kind"], each["name"]["vi"], None, ends)
                placed[each["key"]] = unit_actions.add_unit(
                    facts, placed[each["parent"]] if each.get("parent") else hanoi
                )
            self.units = {key: unit.id for key, unit in placed.items()}
            for login in LOGINS:
                user_id = people.create_person(None, login.login, login.name, PASSWORD, temporary=False)
                self.users[login.login] = user_id
                for unit, role, title in login.roles:
                    people.appoint(None, user_id, self.units[unit], role, title=title)
        self.let_deputies_sign()

    def let_deputies_sign(self) -> None:
        """The administrator records by which decision the vice-chairs sign in the chairman's place."""
        since = self.day("2020-01-06")
        basis = f"Quyết định số 12/QĐ-UBND {long_date(since)}"
        admin = self.actor("quantri", self.today)
        with own_transaction():
            for login in ("truongdoan", "phochutich"):
                leave = Authority(self.users[login], CHIEF_TITLE, DEPUTY_TITLE, since, None, basis)
                authorities.give(admin, self.units["son-tay"], leave, self.today)

    def plan(self) -> None:
        """Publish the checklists; make the campaign, the delegation and the five visits."""
        names = {path.parent.name: publish_shipped(load(path.read_bytes())) for path in shipped(FOLDER)}
        self.chk = names[self.scenario["campaign"]["checklist"]]  # the newest version, which comes last
        self.checklist = checklists.checklist_by_chk(self.chk)
        version = next(each for each in checklists.usable_versions() if each.chk == self.chk)
        with self.at("2020-08-04", "14:00") as day:
            admin, campaign, team = self.actor("quantri", day), new_id(), new_id()
            plan = campaigns.Plan(
                title=self.scenario["campaign"]["title"]["vi"],
                plan_number="89/KH-UBND",
                plan_date=self.day("2020-08-03"),
                decision_number="215/QĐ-UBND",
                decision_date=self.day("2020-08-05"),
                decision_issuer="Chủ tịch UBND thị xã Sơn Tây",
                decision_subject="Thành lập Đoàn kiểm tra công vụ, cải cách hành chính năm 2020",
                inspected_from=self.day("2020-06-01"),
                inspected_to=self.day("2020-08-07"),
                checklist_version_id=version.id,
                starts_on=self.day("2020-08-10"),
                ends_on=self.day("2020-09-04"),
            )
            planned = {each["unit"]: self.day(str(each["date"])) for each in self.scenario["visits"]}
            with own_transaction():
                campaigns.create_campaign(admin, campaign, self.units["son-tay"], plan, sample_data=True)
                campaigns.pick_units(admin, campaign, 1, [self.units[key] for key in planned])
                members = [delegations.Seat(self.users[f"canbo{letter}"]) for letter in "abcd"]
                lead = delegations.Seat(self.users["truongdoan"])
                delegation = delegations.Team("Đoàn kiểm tra công vụ số 1", lead, members)
                delegations.form_delegation(admin, campaign, 2, team, delegation, today=day)
                days = {self.units[key]: when for key, when in planned.items()}
                made = visits.plan_visits(admin, campaign, 3, team, days)
                office = ChainStep("Văn phòng thẩm tra", (self.users["vanphong"],))
                revision = planning.campaign(admin, campaign).revision
                chains.set_chain(admin, campaign, revision, [office], today=day)
        self.visits = dict(zip(planned, made, strict=True))

    # --- the visits -------------------------------------------------------------------------------------------

    def samples(self) -> Mapping[str, SampleVisit]:
        """The scenario's figures, and what differs from faultless answers where it says that something failed."""
        figures = self.scenario["sample_answers"]

        def sample(key: str, **more: Any) -> SampleVisit:
            given: dict[str, Any] = dict(FIGURES) | figures.get(key, {}) | more
            for name, source in (("posting", "posting_fields"), ("online", "online_level_3")):
                if source in given:
                    given[name] = (given[source]["observed"], given[source]["total"])
            known = {each.name for each in fields(SampleVisit)}
            return SampleVisit(**{"key": key} | {name: value for name, value in given.items() if name in known})

        return {
            "kim-son": sample("kim-son"),
            "son-loc": sample("son-loc", differs={"noi-quy-niem-yet": None}),
            "le-loi": sample(
                "le-loi",
                differs={"may-lay-so": "hong", "hom-thu-gop-y": "no", "qua-han-chua-tra": 300,
                         "nguyen-nhan-qua-han": "Chậm liên thông với cơ quan thuế; 03 hồ sơ đất đai chưa có kết quả."},
                notes={"may-lay-so": "Máy hỏng từ đầu tháng, đang gọi số bằng miệng."},
            ),
            "xuan-khanh": sample("xuan-khanh"),
        }  # fmt: skip

    def cells(self, visit: str) -> list[SampleCell]:
        period = {name: self.day(text).isoformat() for name, text in QUARTER.items()}
        return [self._shifted(cell) for cell in cells_of(self.checklist, self.samples()[visit], period)]

    def _shifted(self, cell: SampleCell) -> SampleCell:
        """Dates inside invented values move with the story."""
        value = cell.value
        if isinstance(value, str) and len(value) == 10 and value.startswith("2020-"):
            return SampleCell(cell.path, self.day(value).isoformat())
        if isinstance(value, dict) and "issued_on" in value:
            return SampleCell(cell.path, value | {"issued_on": self.day(value["issued_on"]).isoformat()})
        return cell

    def inspect(self, visit: str, date_text: str, objections: list[dict[str, str]]) -> None:
        """A whole visit: A takes signs and staff, B posting and dossiers, the lead the rest; signed on the spot."""
        halves = ("bien-the", "quan-so"), ("niem-yet", "ho-so")
        with self.at(date_text, "08:10") as day:
            phones = {login: self.phone(login, visit, day) for login in ("canboa", "canbob", "truongdoan")}
            for cell in self.cells(visit):
                section = self.section_of(cell.item_key)
                who = "canboa" if section in halves[0] else "canbob" if section in halves[1] else "truongdoan"
                phones[who].answer([(cell.path, cell.value)])
            for phone in phones.values():
                phone.send()
            self.photograph(visit, phones)
            if visit == "son-loc":
                self.disagree(phones)
        with self.at(date_text, "10:40"):
            name = next(each["name"]["vi"] for each in self.scenario["units"] if each["key"] == visit)
            phones["truongdoan"].close_and_sign(
                ("Phó Chủ tịch A", "Phó Chủ tịch UBND thị xã, Trưởng đoàn"),
                ("Đại diện đơn vị", f"Chủ tịch UBND {name[:1].lower()}{name[1:]}"),
                objections,
            )

    def section_of(self, item_key: str) -> str:
        return next(s.key for s in self.checklist.sections if any(item.key == item_key for item in s.items))

    def photograph(self, visit: str, phones: Mapping[str, Phone]) -> None:
        failing = visit == "le-loi"
        pictures = [
            ("canboa", "bien-de-ban", "ban-khong-bien.jpg" if failing else "ban-co-bien.jpg"),
            ("canboa", "the-cong-chuc", "the-cong-chuc.jpg"),
            ("canbob", "linh-vuc-niem-yet", "bang-niem-yet.jpg"),
        ]
        if failing:
            pictures.append(("truongdoan", "may-lay-so", "may-lay-so-hong.jpg"))
        for number, (login, item, picture) in enumerate(pictures):
            phones[login].photograph(
                f"item/{item}",
                HERE / "photos" / picture,
                row_id(visit, "photo", number),
                caption=CAPTIONS.get(picture, ""),
                place=PHOTO_PLACE if login == "canboa" else None,  # the others did not agree to record it
            )

    def disagree(self, phones: Mapping[str, Phone]) -> None:
        """Two people answer one cell without having seen each other; the lead settles it with a reason."""
        path = "item/noi-quy-niem-yet"
        phones["canboa"].mint("set", path, "yes")
        phones["canbob"].mint("set", path, "no")
        phones["canboa"].send()
        phones["canbob"].send()
        if "truongdoan" in phones:
            seen = [head.op for head in phones["truongdoan"].heads(path)]
            reason = "Đoàn kiểm tra lại tại chỗ: nội quy treo ở cửa phụ, bị cánh cửa che khi mở."
            phones["truongdoan"].mint("resolve", path, {"value": "yes", "reason": reason}, seen)
            phones["truongdoan"].send()

    def arrive_late(self) -> None:
        """A forgotten phone sends two answers a day after the signatures: kept, shown as late, without effect."""
        with self.at("2020-08-14", "09:15") as day:
            phone = self.phone("canboc", "son-loc", day)
            phone.answer([("item/duong-day-nong", "no"), ("item/so-gop-y/note", "Sổ góp ý chưa ghi ngày tháng.")])
            phone.send()

    def leave_half_done(self) -> None:
        """Xuân Khanh stays open: given out, half filled, talked about, one cell contested, for people to try."""
        with self.at("2020-08-18", "08:20") as day:
            lead = self.phone("truongdoan", "xuan-khanh", day)
            for section, login in ASSIGNED.items():
                lead.mint("assign", f"assign/{section}", [self.users[login]])
            lead.send()
            phones = {login: self.phone(login, "xuan-khanh", day) for login in ("canboa", "canbob")}
            phones["canboa"].answer(
                (cell.path, cell.value)
                for cell in self.cells("xuan-khanh")
                if self.section_of(cell.item_key) in {"bien-the", "quan-so"}
            )
            self.disagree(phones)
        with self.at("2020-08-18", "09:05"):
            for number, (login, item, text) in enumerate(TALK):
                told = {"of": f"item/{item}", "text": text}
                phones.get(login, lead).mint("comment", f"comment/{row_id('xuan-khanh', 'comment', number)}", told)
            phones["canboa"].mint("done", "done/bien-the", True)
            for phone in (*phones.values(), lead):
                phone.send()

    # --- conclusions and repairs ------------------------------------------------------------------------------

    def conclude(self, visit: str, date_text: str) -> str:
        """The lead drafts and submits, the office checks it an hour later; returns the conclusion's id."""
        with self.at(date_text, "14:00") as day, own_transaction():
            lead = self.actor("truongdoan", day)
            conclusion = drafting.begin(lead, self.visits[visit])
            revision = conclusion.revision
            if visit == "le-loi":
                for finding in records.findings_of(conclusion.id):
                    if finding.item_key in {"linh-vuc-niem-yet", "bien-de-ban"}:
                        words = wording.FindingWords(finding.text, finding.remedy, 2)
                        revision = wording.edit_finding(
                            lead, conclusion.id, finding.id, revision=revision, words=words
                        ).revision
            revision = reviewing.submit(lead, conclusion.id, revision=revision, note="Kính trình xem xét.").revision
        with self.at(date_text, "15:00") as day, own_transaction():
            checked = "Số liệu khớp biên bản và ảnh; thể thức đúng."
            reviewing.forward(self.actor("vanphong", day), conclusion.id, revision=revision, note=checked)
        return conclusion.id

    def number_minutes(self, conclusion_id: str, date_text: str) -> None:
        """The lead has the minutes both parties signed numbered and sealed."""
        with self.at(date_text, "14:30") as day, own_transaction():
            lead = self.actor("truongdoan", day)
            found = recording.recordable(lead, conclusion_id)
            wanted = Numbering(1, found.signed_on, day)
            recording.issue_minutes(lead, conclusion_id, wanted, fingerprint=found.paper.fingerprint())

    def issue(self, conclusion_id: str, date_text: str, number: int) -> None:
        """The second vice-chair adds an instruction, approves and issues."""
        with self.at(date_text, "16:30") as day, own_transaction():
            chair = self.actor("phochutich", day)
            revision = db.session.get_one(Conclusion, conclusion_id, populate_existing=True).revision
            if number > 4:
                wording.add_instruction(
                    chair,
                    conclusion_id,
                    revision=revision,
                    text="Chủ tịch UBND phường tổ chức họp rút kinh nghiệm toàn thể cán bộ, công chức Bộ phận Một cửa.",
                    due_working_days=10,
                )
                revision += 1
            revision = reviewing.approve(chair, conclusion_id, revision=revision).revision
            remediation.issue_conclusion(chair, conclusion_id, revision=revision, number=number, on=day, today=day)

    def repair(self, conclusion_id: str, data_dir: Path) -> None:
        """The ward reports the desk sign; the lead returns it once, then verifies it. Posting passes its date."""
        task = self._task(conclusion_id, "biển để bàn")
        photo = Handed("bien-da-bo-sung.jpg", "image/jpeg", (HERE / "photos" / "bien-da-bo-sung.jpg").read_bytes())

        def report(day_text: str, text: str, files: list[Handed]) -> None:
            with self.at(day_text, "10:00") as day, own_transaction():
                officer = self.actor("leloi.canbo", day)
                done = remediation.Repair(text, files)
                remediation.report(officer, task, done, revision=self._revision(task), data_dir=data_dir)

        report("2020-08-20", "Đã đặt làm biển để bàn cho bàn số 8.", [])
        with self.at("2020-08-20", "15:00") as day, own_transaction():
            reason = "Mới đặt làm, chưa có ảnh biển đã đặt trên bàn. Đề nghị bổ sung ảnh."
            remediation.return_report(self.actor("truongdoan", day), task, revision=self._revision(task), reason=reason)
        report("2020-08-21", "Đã đặt biển tại bàn số 8, đúng họ tên, chức danh; kèm ảnh.", [photo])
        with self.at("2020-08-21", "16:00") as day, own_transaction():
            remediation.verify(self.actor("truongdoan", day), task, revision=self._revision(task), text="Đạt yêu cầu.")

    def _task(self, conclusion_id: str, words: str) -> str:
        tasks = db.session.query(RemediationTask).filter_by(conclusion_id=conclusion_id).all()
        return next(task.id for task in tasks if words in task.remedy)

    def _revision(self, task_id: str) -> int:
        return db.session.get_one(RemediationTask, task_id, populate_existing=True).revision


def play(today: date, data_dir: Path) -> None:
    """Make the whole demo, from the administrator's first day to today."""
    story = Story(today)
    with story.at("2020-08-03"):
        story.add_units_and_people()
    story.plan()
    story.inspect("kim-son", "2020-08-12", [])
    story.inspect(
        "son-loc",
        "2020-08-13",
        [{"item": "noi-quy-niem-yet", "text": "Nội quy đã treo đúng quy định từ đầu năm, đề nghị ghi nhận."}],
    )
    story.arrive_late()
    story.inspect(
        "le-loi",
        "2020-08-17",
        [{"item": "may-lay-so", "text": "Máy hỏng do sét, phường đã báo sửa từ ngày 05."}],
    )
    story.leave_half_done()
    story.issue(story.conclude("kim-son", "2020-08-14"), "2020-08-17", 4)
    conclusion = story.conclude("le-loi", "2020-08-18")
    story.number_minutes(conclusion, "2020-08-18")
    story.issue(conclusion, "2020-08-19", 5)
    story.conclude("son-loc", "2020-08-18")
    story.repair(conclusion, data_dir)
