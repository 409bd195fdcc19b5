"""Every route and who may use it, as one table to be read in review. `test_routes.py` walks it.

To add a route: name its endpoint here with the rule its decorator declares. If its path names objects, say which
objects of the world (`world.py`) stand for them and which people may do it; everybody else must be refused. Fields
that a POST needs to get as far as the question of rights belong into `FORM` (shared by all) or the route's `form`.
"""

from base64 import b64encode
from dataclasses import dataclass, field

# The people of the world; see world.py for what each of them is.
ANONYMOUS = frozenset({"anonymous", "disabled"})
ADMIN = frozenset({"administrator"})
CHAIR = frozenset({"vice_chair"})
LEAD = frozenset({"lead"})
MEMBER = frozenset({"member"})
CHECKER = frozenset({"office"})  # named for the step of the chain
OFFICE = CHECKER | {"office_not_named"}
FORMER = frozenset({"removed_member"})
OTHER_TEAM = frozenset({"inspector_elsewhere"})
WARD_HEAD = frozenset({"ward_head"})
WARD_OFFICER = frozenset({"ward_officer"})
WARD = WARD_HEAD | WARD_OFFICER
TEAM = LEAD | MEMBER
REFUSED_HERE = frozenset(
    {
        "no_role",
        "administrator_abroad",
        "vice_chair_abroad",
        "inspector_abroad",
        "office_abroad",
        "ward_officer_abroad",
        "sister_officer",
    }
)
ABROAD_ADMIN = frozenset({"administrator_abroad"})
ALL_OVERSEERS = ADMIN | CHAIR | TEAM | FORMER | OTHER_TEAM | ABROAD_ADMIN | {"vice_chair_abroad", "inspector_abroad"}
EVERYBODY = ANONYMOUS | ADMIN | CHAIR | TEAM | OFFICE | FORMER | OTHER_TEAM | WARD | REFUSED_HERE

ADMINISTRATORS = "roles:administrator"
OVERSEERS = "roles:administrator,inspector,vice_chair"
PREPARERS = "roles:inspector,vice_chair"
CHAIRS = "roles:vice_chair"
READERS = "roles:inspector,vice_chair,ward_head,ward_officer"
CONCLUSION_READERS = "roles:inspector,office,vice_chair,ward_head,ward_officer"
DRILLERS = "roles:administrator,inspector,office,vice_chair"
CHECKERS = "roles:office,vice_chair"
SELF_CHECK_READERS = "roles:administrator,inspector,office,vice_chair,ward_head,ward_officer"
WARDS = "roles:ward_head,ward_officer"
SIGNED_IN = "signed_in"
SIGNED_IN_OR_TICKET = "signed_in_or_ticket"
TICKET = "ticket"
PUBLIC = "public"


CAMPAIGN = {"campaign_id": "campaign"}
DELEGATION = {**CAMPAIGN, "delegation_id": "delegation"}
VISIT = {**CAMPAIGN, "visit_id": "visit"}
IN_REVIEW = {"conclusion_id": "conclusion_in_review"}
MISTAKE = {"where": "Trang 1", "printed": "THÔNG BÁO", "right": "Thông báo"}
PERSON = {"user_id": "person"}


@dataclass(frozen=True)
class Case:
    """Path argument → object of the world, and the people who may."""

    objects: dict[str, str]
    allowed: frozenset[str]


@dataclass(frozen=True)
class Route:
    """`rule` is what the decorator declares. Without cases the rule alone decides."""

    rule: str
    cases: tuple[Case, ...] = ()
    form: dict[str, str] = field(default_factory=dict)
    json: dict[str, object] | None = None
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    conclusion_state: str = ""  # the state in which the step is legal, so that only rights can refuse it
    idempotent: frozenset[str] = frozenset()  # arguments of which a missing one is no mistake


CORRECTABLE = (Case({"code": "document"}, CHAIR), Case({"code": "summary"}, CHAIR))


def on(rule: str, allowed: frozenset[str], **objects: str) -> Route:
    """A route whose path names objects."""
    return Route(rule, (Case(objects, allowed),))


def task_step(rule: str, allowed: frozenset[str], task: str = "task", **form: str) -> Route:
    """What is done to a task, tried on one in a state in which it is legal."""
    return Route(rule, (Case({"task_id": task}, allowed),), form={"revision": f"{task}_revision", **form})


def step(rule: str, allowed: frozenset[str], state: str, **objects: str) -> Route:
    """A step of the conclusion that is not issued yet, tried in a state in which it is legal."""
    form = {"revision": "conclusion_revision"}
    return Route(rule, (Case({**IN_REVIEW, **objects}, allowed),), form=form, conclusion_state=state)


FORM = {
    "revision": "0",
    "reason": "Lý do thử",
    "text": "Nội dung thử",
    "note": "Ghi chú",
    "remedy": "Khắc phục",
    "due_working_days": "5",
    "number": "77",
    "on": "2020-09-01",
    "title": "Đợt thử",
    "name": "Tên thử",
    "starts_on": "2020-08-01",
    "ends_on": "2020-09-30",
    "planned_on": "2020-08-25",
    "last_day": "2099-12-31",
    "form_id": "A" * 22,
    "checklist_version_id": "A" * 22,
    "user": "A" * 22,
    "lead": "A" * 22,
    "member": "A" * 22,
    "delegation": "A" * 22,
    "digest": "0" * 64,
    "role": "ward_officer",
    "unit_id": "2147483647",
    "causes": "x",
}


READ = {"fingerprint": "0" * 64, "confirmed": "yes"}

ROUTES: dict[str, Route] = {
    # --- shell ---
    "static": Route(PUBLIC),
    "field_client.shell": Route(PUBLIC),
    "field_client.asset": Route(PUBLIC),
    "health.health": Route(PUBLIC),
    # --- accounts: signing in, one's own page ---
    "accounts.sign_in": Route(PUBLIC),
    "accounts.sign_in_now": Route(PUBLIC),
    "accounts.sign_out": Route(PUBLIC),
    "accounts.profile": Route(SIGNED_IN),
    "accounts.password": Route(SIGNED_IN),
    "accounts.change_password": Route(SIGNED_IN, form={"current": "x", "chosen": "x", "again": "y"}),
    "accounts.end_own_session": on(SIGNED_IN, WARD_OFFICER, session_id="session"),
    "accounts.revoke_own_device": on(SIGNED_IN, WARD_OFFICER, device_id="device"),
    "accounts_api.show": Route(SIGNED_IN),
    "accounts_api.begin": Route(PUBLIC),
    "accounts_api.end": Route(PUBLIC),
    "accounts_api.look": Route(PUBLIC),
    "accounts_api.begin_by_link": Route(PUBLIC),
    "accounts.offer_own_phone": Route(SIGNED_IN),
    "accounts.end_own_offer": on(SIGNED_IN, WARD_OFFICER, enrolment_id="enrolment"),
    "accounts.offer_phone": on(ADMINISTRATORS, ADMIN, **PERSON),
    "accounts.end_offer": on(ADMINISTRATORS, ADMIN, **PERSON, enrolment_id="enrolment"),
    "accounts_api.enrol": Route(SIGNED_IN, json={"name": "Máy thử", "app": "1"}),
    # --- notices ---
    "notices.index": Route(SIGNED_IN),
    "notices.open_notice": on(SIGNED_IN, WARD_OFFICER, notice_id="notice"),
    "notices.read_all": Route(SIGNED_IN),
    "notices.wishes": Route(SIGNED_IN),
    "notices.choose": Route(SIGNED_IN),
    "notices.ask_for_address": Route(SIGNED_IN, form={"email": "thu@example.vn"}),
    "notices.confirm_address": Route(SIGNED_IN, form={"code": "00000000"}),
    "notices.forget_address": Route(SIGNED_IN),
    "notices.add_browser": Route(SIGNED_IN, form={"endpoint": "x", "p256dh": "x", "auth": "x"}),
    "notices.drop_browser": on(SIGNED_IN, WARD_OFFICER, subscription_id="subscription"),
    "notices.outbox": Route(ADMINISTRATORS),
    "notices.retry": on(ADMINISTRATORS, ADMIN, sending_id="sending"),
    "notices.contact": on(ADMINISTRATORS, ADMIN, **PERSON),
    "notices.give_address": Route(ADMINISTRATORS, (Case(PERSON, ADMIN),), form={"email": "thu@example.vn"}),
    # --- accounts: units ---
    "accounts.units": Route(ADMINISTRATORS),
    "accounts.unit": on(ADMINISTRATORS, ADMIN, unit_id="unit"),
    "accounts.give_authority": Route(
        ADMINISTRATORS,
        (Case({"unit_id": "unit"}, ADMIN),),
        form={"user_id": "A" * 22, "signed_for": "CHỦ TỊCH", "valid_from": "2020-01-01", "basis": "Quyết định 1"},
    ),
    "accounts.end_authority": on(ADMINISTRATORS, ADMIN, unit_id="host", authority_id="authority"),
    "accounts.import_units": Route(ADMINISTRATORS),
    "accounts.import_template": Route(ADMINISTRATORS),
    "accounts.read_import": Route(ADMINISTRATORS),
    "accounts.show_import": on(ADMINISTRATORS, ADMIN, import_id="import"),
    "accounts.confirm_import": on(ADMINISTRATORS, ADMIN, import_id="import"),
    # --- accounts: people ---
    "accounts.people": Route(ADMINISTRATORS),
    "accounts.new_person": Route(ADMINISTRATORS),
    "accounts.create_person": Route(ADMINISTRATORS),
    "accounts.person": on(ADMINISTRATORS, ADMIN, **PERSON),
    "accounts.appoint": Route(ADMINISTRATORS, (Case(PERSON, ADMIN),), form={"unit_id": "unit"}),
    "accounts.end_appointment": on(ADMINISTRATORS, ADMIN, **PERSON, appointment_id="appointment"),
    "accounts.disable_person": on(ADMINISTRATORS, ADMIN, **PERSON),
    "accounts.enable_person": on(ADMINISTRATORS, ADMIN, **PERSON),
    "accounts.reset_password": on(ADMINISTRATORS, ADMIN, **PERSON),
    "accounts.end_session": on(ADMINISTRATORS, ADMIN, **PERSON, session_id="session"),
    "accounts.revoke_device": on(ADMINISTRATORS, ADMIN, **PERSON, device_id="device"),
    # --- checklists: published documents are for everybody who plans, inspects or reviews ---
    "checklists.index": Route(OVERSEERS),
    "checklists.library_index": Route(OVERSEERS),
    "checklists.library_entry": on(OVERSEERS, ALL_OVERSEERS, code="library_code"),
    "checklists.show": on(OVERSEERS, ALL_OVERSEERS, version_id="version"),
    "checklists.download_yaml": on(OVERSEERS, ALL_OVERSEERS, version_id="version"),
    "checklists.download_json": on(OVERSEERS, ALL_OVERSEERS, version_id="version"),
    "overview.offer": on(OVERSEERS, ALL_OVERSEERS, version_id="version"),
    "overview.draft_offer": on(ADMINISTRATORS, ADMIN | ABROAD_ADMIN, draft_id="draft"),
    "checklists.compare": on(OVERSEERS, ALL_OVERSEERS, version_id="version", earlier_id="version"),
    "checklists.download_xlsform": on(OVERSEERS, ALL_OVERSEERS, version_id="version"),
    "checklists.paper": on(OVERSEERS, ALL_OVERSEERS, version_id="version"),
    "checklists.publish_form": Route(ADMINISTRATORS),
    "checklists.publish": Route(ADMINISTRATORS),
    "checklists.withdraw_form": on(ADMINISTRATORS, ADMIN | ABROAD_ADMIN, version_id="version"),
    "checklists.withdraw": on(ADMINISTRATORS, ADMIN | ABROAD_ADMIN, version_id="version"),
    # --- drafts: whoever publishes writes ---
    "checklists.draft_list": Route(ADMINISTRATORS),
    "checklists.draft_new": Route(ADMINISTRATORS),
    "checklists.draft_make": Route(ADMINISTRATORS),
    "checklists.draft_import": Route(ADMINISTRATORS),
    "checklists.xlsform": Route(ADMINISTRATORS),
    "checklists.xlsform_read": Route(ADMINISTRATORS),
    "checklists.xlsform_draft": Route(ADMINISTRATORS),
    "checklists.draft_from_version": on(ADMINISTRATORS, ADMIN | ABROAD_ADMIN, version_id="version"),
    **{
        f"checklists.{page}": on(ADMINISTRATORS, ADMIN | ABROAD_ADMIN, draft_id="draft")
        for page in (
            "draft",
            "draft_edit",
            "draft_paper",
            "draft_text",
            "draft_document",
            "draft_preview",
            "draft_yaml",
            "draft_saves",
            "draft_publish_form",
            "draft_discard_form",
        )
    },
    "checklists.draft_remove_form": Route(
        ADMINISTRATORS, (Case({"draft_id": "draft"}, ADMIN | ABROAD_ADMIN),), query={"part": "draft_part"}
    ),
    "checklists.draft_save": on(ADMINISTRATORS, ADMIN | ABROAD_ADMIN, draft_id="draft", revision="draft_revision"),
    **{
        f"checklists.{step}": Route(
            ADMINISTRATORS, (Case({"draft_id": "draft"}, ADMIN | ABROAD_ADMIN),), form={"revision": "draft_revision"}
        )
        for step in ("draft_edit_save", "draft_text_save", "draft_check", "draft_publish", "draft_discard")
    },
    "checklists.draft_structure": Route(
        ADMINISTRATORS,
        (Case({"draft_id": "draft"}, ADMIN | ABROAD_ADMIN),),
        form={"revision": "draft_revision", "do": "draft_button"},
    ),
    "checklists.draft_restore": Route(
        ADMINISTRATORS,
        (Case({"draft_id": "draft", "revision": "draft_revision"}, ADMIN | ABROAD_ADMIN),),
        form={"revision": "draft_revision"},
    ),
    # --- campaigns ---
    "campaigns.index": Route(OVERSEERS),
    "campaigns.choose_host": Route(ADMINISTRATORS),
    "campaigns.new": Route(ADMINISTRATORS, (Case({}, ADMIN),), query={"host": "host"}),
    "campaigns.make": Route(ADMINISTRATORS, (Case({}, ADMIN),), form={"host": "host"}),
    "campaigns.show": on(OVERSEERS, ADMIN | CHAIR | TEAM | OTHER_TEAM, **CAMPAIGN),
    "campaigns.trace": on(OVERSEERS, ADMIN | CHAIR | TEAM | OTHER_TEAM, **CAMPAIGN),
    "campaigns.edit_form": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.edit": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.cancel_form": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.cancel": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.finish": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.units": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.pick_units": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.drop_unit": Route(
        ADMINISTRATORS, (Case({**CAMPAIGN, "unit_id": "unit"}, ADMIN),), idempotent=frozenset({"unit_id"})
    ),
    "campaigns.chain_form": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.set_chain": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.new_delegation": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.form_delegation": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.delegation": on(OVERSEERS, ADMIN | CHAIR | TEAM | OTHER_TEAM, **DELEGATION),
    "campaigns.add_member": on(ADMINISTRATORS, ADMIN, **DELEGATION),
    "campaigns.remove_member": on(ADMINISTRATORS, ADMIN, **DELEGATION),
    "campaigns.change_lead": on(ADMINISTRATORS, ADMIN, **DELEGATION),
    "campaigns.new_visits": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.plan_visits": on(ADMINISTRATORS, ADMIN, **CAMPAIGN),
    "campaigns.visit": on(OVERSEERS, ADMIN | CHAIR | TEAM, **VISIT),
    "campaigns.move_visit": on(ADMINISTRATORS, ADMIN, **VISIT),
    "campaigns.cancel_visit": on(ADMINISTRATORS, ADMIN, **VISIT),
    # --- self-checks ---
    "self_checks.index": Route("roles:administrator,vice_chair,ward_head,ward_officer"),
    "self_checks.begin": Route(WARDS, (Case({}, WARD),), form={"unit_id": "unit", "version_id": "version"}),
    "self_checks.order": Route(ADMINISTRATORS, (Case(CAMPAIGN, ADMIN),), form={"due_on": "2099-12-31"}),
    "self_checks.show": on(SELF_CHECK_READERS, ADMIN | CHAIR | WARD, visit_id="self_check"),
    "self_checks.of_inspection": on(DRILLERS, ADMIN | CHAIR | TEAM | OFFICE, visit_id="visit"),
    # --- sync ---
    "sync_api.hello": Route(PUBLIC),
    "sync_api.manifest": Route(SIGNED_IN),
    "sync_api.checklist": on(SIGNED_IN, TEAM | WARD, chk="chk"),  # the unit has a self-check with it
    "sync_api.log": Route(
        SIGNED_IN, (Case({"visit_id": "visit"}, TEAM | FORMER),), query={"after": "0", "h": "0" * 64}
    ),
    "sync_api.push": Route(
        SIGNED_IN,
        (Case({"visit_id": "visit"}, TEAM | FORMER),),
        json={"proto": 1, "writer": "A" * 22, "user": None, "ops": [], "pending": {"ops": 0, "blobs": 0}},
    ),
    "sync_api.drop": Route(TICKET, json={"proto": 1, "writer": "A" * 22, "visit": "A" * 22, "ops": []}),
    "sync_api.devices_of_visit": on(SIGNED_IN, TEAM, visit_id="visit"),
    "sync_api.earlier_answers": on(SIGNED_IN, TEAM, visit_id="visit"),
    "sync_api.begin_upload": Route(
        SIGNED_IN_OR_TICKET,
        (Case({"visit_id": "visit"}, TEAM | FORMER),),
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Length": "10",
            "Upload-Metadata": f"sha256 {b64encode(b'a' * 64).decode()},filetype {b64encode(b'image/jpeg').decode()}",
        },
    ),
    "sync_api.blobs_options": Route(SIGNED_IN_OR_TICKET),
    "sync_api.blob": on(SIGNED_IN, ADMIN | CHAIR | TEAM | OFFICE, visit_id="visit", sha256="photo"),
    "sync_api.thumbnail": on(SIGNED_IN, ADMIN | CHAIR | TEAM | OFFICE, visit_id="visit", sha256="photo"),
    "sync_api.original": on(SIGNED_IN, ADMIN | CHAIR | LEAD, visit_id="visit", sha256="photo"),
    "sync_api.upload_offset": Route(
        SIGNED_IN_OR_TICKET,
        (Case({"visit_id": "visit", "upload_id": "upload"}, MEMBER),),
        headers={"Tus-Resumable": "1.0.0"},
    ),
    "sync_api.end_upload": Route(
        SIGNED_IN_OR_TICKET,
        (Case({"visit_id": "visit", "upload_id": "upload"}, MEMBER),),
        headers={"Tus-Resumable": "1.0.0"},
    ),
    "sync_api.receipts": on(SIGNED_IN, TEAM | FORMER, visit_id="visit"),
    "previous_api.show": on(SIGNED_IN, TEAM, visit_id="next_visit"),
    "packs_api.pack": on(SIGNED_IN, TEAM, visit_id="sealed_visit"),
    "previous_api.picture": on(SIGNED_IN, TEAM, visit_id="next_visit", sha256="photo_found"),
    "sync_api.continue_upload": Route(
        SIGNED_IN_OR_TICKET,
        (Case({"visit_id": "visit", "upload_id": "upload"}, MEMBER),),
        headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
    ),
    "outbox_imports.form": Route(ADMINISTRATORS),
    "outbox_imports.read": Route(ADMINISTRATORS),
    "outbox_imports.show": on(ADMINISTRATORS, ADMIN, import_id="outbox_import"),
    "outbox_imports.confirm": on(ADMINISTRATORS, ADMIN, import_id="outbox_import"),
    "recovery.show": Route(ADMINISTRATORS),
    "recovery.end": Route(ADMINISTRATORS),
    # --- conclusions ---
    "findings.begin": on(PREPARERS, LEAD | CHAIR, visit_id="visit"),
    "findings.show": Route(
        CONCLUSION_READERS,
        (
            Case({"conclusion_id": "conclusion"}, CHAIR | TEAM | OFFICE | WARD),
            Case({"conclusion_id": "conclusion_in_review"}, CHAIR | TEAM | OFFICE),
        ),
    ),
    "findings.notice": Route(
        CONCLUSION_READERS,
        (
            Case({"conclusion_id": "conclusion"}, CHAIR | TEAM | OFFICE | WARD),
            Case({"conclusion_id": "conclusion_in_review"}, CHAIR | TEAM | OFFICE),
        ),
    ),
    "findings.draft": Route(
        CONCLUSION_READERS,
        (
            Case({"conclusion_id": "conclusion", "paper": "notice_paper"}, CHAIR | TEAM | OFFICE | WARD),
            Case({"conclusion_id": "conclusion_in_review", "paper": "notice_paper"}, CHAIR | TEAM | OFFICE),
            Case({"conclusion_id": "conclusion", "paper": "minutes_paper"}, CHAIR | TEAM | OFFICE),
        ),
    ),
    "findings.pdf": Route(
        CONCLUSION_READERS,
        (
            Case({"conclusion_id": "conclusion", "paper": "notice_paper"}, CHAIR | TEAM | OFFICE | WARD),
            Case({"conclusion_id": "conclusion_in_review", "paper": "report_paper"}, CHAIR | TEAM | OFFICE),
            Case({"conclusion_id": "conclusion", "paper": "minutes_paper"}, CHAIR | TEAM | OFFICE),
        ),
    ),
    "findings.verify": on(PUBLIC, EVERYBODY, code="document"),
    "findings.verify_file": on(PUBLIC, EVERYBODY, code="document"),
    "findings.frozen": on(CONCLUSION_READERS, CHAIR | TEAM | OFFICE, conclusion_id="conclusion"),
    "findings.edit_finding": step(PREPARERS, LEAD | CHAIR, "draft", finding_id="finding"),
    "findings.keep_words": step(PREPARERS, LEAD | CHAIR, "draft", finding_id="finding"),
    "findings.recompose": step(PREPARERS, LEAD | CHAIR, "draft", finding_id="finding"),
    "findings.keep_texts": step(PREPARERS, LEAD | CHAIR, "draft"),
    "findings.exclude_finding": step(PREPARERS, LEAD | CHAIR, "draft", finding_id="finding"),
    "findings.include_finding": step(PREPARERS, LEAD | CHAIR, "draft", finding_id="finding"),
    "findings.add_instruction": step(PREPARERS, LEAD | CHAIR, "draft"),
    "findings.remove_instruction": step(PREPARERS, LEAD | CHAIR, "draft", instruction_id="instruction"),
    "findings.write_texts": step(PREPARERS, LEAD | CHAIR, "draft"),
    "findings.recompute": step(PREPARERS, LEAD | CHAIR, "draft"),
    "findings.comment": on("roles:inspector,office,vice_chair", CHAIR | TEAM | OFFICE, conclusion_id="conclusion"),
    "findings.replace": on(PREPARERS, LEAD | CHAIR, conclusion_id="conclusion"),
    "findings.letter_form": Route(CHAIRS, CORRECTABLE),
    "findings.read_letter": Route(CHAIRS, CORRECTABLE, form=MISTAKE),
    "findings.letter_draft": Route(CHAIRS, CORRECTABLE, form=MISTAKE),
    "findings.issue_letter": Route(CHAIRS, CORRECTABLE, form=MISTAKE | READ),
    "findings.pictures": on(ADMINISTRATORS, ADMIN, unit_id="host"),
    "findings.picture": on(ADMINISTRATORS, ADMIN, unit_id="host", picture_id="picture"),
    "findings.give_picture": Route(ADMINISTRATORS, (Case({"unit_id": "host"}, ADMIN),), form={"whose": "seal"}),
    "findings.remove_picture": Route(ADMINISTRATORS, (Case({"unit_id": "host"}, ADMIN),), form={"whose": "seal"}),
    "findings.minutes_form": step(PREPARERS, LEAD, "in_review"),
    "findings.issue_minutes": Route(PREPARERS, (Case(IN_REVIEW, LEAD),), form=READ, conclusion_state="in_review"),
    "findings.report_form": step(PREPARERS, LEAD, "in_review"),
    "findings.issue_report": Route(PREPARERS, (Case(IN_REVIEW, LEAD),), form=READ, conclusion_state="in_review"),
    "findings.issued_pdf": Route(
        CONCLUSION_READERS,
        (
            Case({"conclusion_id": "conclusion", "code": "document"}, CHAIR | TEAM | OFFICE | WARD),
            Case({"conclusion_id": "conclusion", "code": "delegation_report"}, CHAIR | TEAM | OFFICE),
        ),
    ),
    "findings.submit": step(PREPARERS, LEAD | CHAIR, "draft"),
    "findings.forward": step(CHECKERS, CHECKER, "checking"),
    "findings.approve": step(CHAIRS, CHAIR, "in_review"),
    "findings.return_to_lead": step(CHECKERS, CHECKER | CHAIR, "checking"),
    # --- remediation ---
    "remediation.issue_form": step(CHAIRS, CHAIR, "approved"),
    "remediation.issue": step(CHAIRS, CHAIR, "approved"),
    "remediation.demand": on(PREPARERS, CHAIR | TEAM, conclusion_id="conclusion"),
    "remediation.demand_draft": on(PREPARERS, CHAIR | TEAM, conclusion_id="conclusion"),
    "remediation.demand_form": on(CHAIRS, CHAIR, conclusion_id="conclusion"),
    "remediation.preview_demand": on(CHAIRS, CHAIR, conclusion_id="conclusion"),
    "remediation.issue_demand": Route(CHAIRS, (Case({"conclusion_id": "conclusion"}, CHAIR),), form=READ),
    "remediation.index": Route(READERS),
    "remediation.board": Route(READERS),
    "remediation.import_register": Route(ADMINISTRATORS),
    "remediation.register_template": Route(ADMINISTRATORS),
    "remediation.read_register": Route(ADMINISTRATORS),
    "remediation.show_register": on(ADMINISTRATORS, ADMIN, import_id="register"),
    "remediation.take_over_register": on(ADMINISTRATORS, ADMIN, import_id="register"),
    "remediation.undo_register": on(ADMINISTRATORS, ADMIN, import_id="register_taken_over"),
    "remediation.calendar": Route(READERS),
    "remediation.working_days": Route(ADMINISTRATORS),
    "remediation.announce_swap": Route(ADMINISTRATORS, form={"day": "2099-01-02", "off": "yes"}),
    "remediation.correct_swap": Route(
        ADMINISTRATORS,
        (Case({"announcement_id": "announcement"}, ADMIN | ABROAD_ADMIN),),
        form={"day": "2099-01-02", "off": "yes", "name": "Sửa", "source": "Thông báo thử"},
    ),
    "remediation.withdraw_swap": Route(
        ADMINISTRATORS, (Case({"announcement_id": "announcement"}, ADMIN | ABROAD_ADMIN),), form={"source": "Thông báo"}
    ),
    "remediation.show": on(READERS, CHAIR | TEAM | WARD, task_id="task"),
    "remediation.history": on(READERS, CHAIR | TEAM | WARD, task_id="task"),
    "remediation.plan": task_step(WARDS, WARD, plan="Kế hoạch thử"),
    "remediation.delegate": task_step("roles:ward_head", WARD_HEAD, owner_id="ward_officer"),
    "remediation.arrange": task_step(PREPARERS, LEAD | CHAIR, kind="repair"),
    "remediation.ask_for_time": task_step(WARDS, WARD, until="2099-01-05"),
    "remediation.grant_time": task_step(CHAIRS, CHAIR, until="2099-01-05"),
    "remediation.refuse_time": task_step(CHAIRS, CHAIR),
    "remediation.report": task_step(WARDS, WARD, sent_on="", dossiers=""),
    "remediation.site_visit_form": on(PREPARERS, LEAD | CHAIR, task_id="task_reported"),
    "remediation.plan_site_visit": task_step(PREPARERS, LEAD | CHAIR, "task_reported", day="2099-01-05"),
    "remediation.cancel_site_visit": task_step(PREPARERS, LEAD | CHAIR, "task_reported"),
    "remediation.confirm": task_step(PREPARERS, LEAD | CHAIR, "task_reported", recheck_months="0"),
    "remediation.reject": task_step(PREPARERS, LEAD | CHAIR, "task_reported"),
    "remediation.verify": task_step(PREPARERS, LEAD | CHAIR, "task_reported", how="paper", recheck_months="0"),
    "remediation.return_report": task_step(PREPARERS, LEAD | CHAIR, "task_reported"),
    "remediation.evidence": on(READERS, CHAIR | TEAM | WARD, task_id="task_with_evidence", evidence_id="evidence"),
    "remediation.preview": on(READERS, CHAIR | TEAM | WARD, task_id="task_with_evidence", evidence_id="evidence"),
    # --- overview and exports ---
    "devices.index": Route(OVERSEERS),
    "devices.show": on(OVERSEERS, ADMIN, device_id="device"),
    "matters.index": Route(OVERSEERS),
    "conclusions.index": Route(CONCLUSION_READERS),
    "overview.home": Route(SIGNED_IN),
    # the lead of any delegation of the campaign compares all its wards
    "overview.wards": on(OVERSEERS, ADMIN | CHAIR | LEAD | OTHER_TEAM, **CAMPAIGN),
    "overview.summary": on(OVERSEERS, ADMIN | CHAIR | LEAD | OTHER_TEAM, **CAMPAIGN),
    "overview.repeated": on(OVERSEERS, ADMIN | CHAIR | LEAD | OTHER_TEAM, **CAMPAIGN),
    "overview.summary_pdf": on(OVERSEERS, ADMIN | CHAIR | LEAD | OTHER_TEAM, **CAMPAIGN),
    "overview.summary_docx": on(OVERSEERS, ADMIN | CHAIR | LEAD | OTHER_TEAM, **CAMPAIGN),
    "overview.summary_form": on(CHAIRS, CHAIR, **CAMPAIGN),
    "overview.preview_summary": on(CHAIRS, CHAIR, **CAMPAIGN),
    "overview.issue_summary": Route(CHAIRS, (Case(CAMPAIGN, CHAIR),), form=READ),
    "overview.issued_summary": on(OVERSEERS, ADMIN | CHAIR, **CAMPAIGN, code="summary"),
    "overview.visit": on(DRILLERS, ADMIN | CHAIR | TEAM | OFFICE, visit_id="visit"),
    "overview.item": on(DRILLERS, ADMIN | CHAIR | TEAM | OFFICE, visit_id="visit", item_key="item_key"),
    "exports.record": on(OVERSEERS, ADMIN | CHAIR | TEAM, visit_id="visit"),
    "exports.workbook": on(OVERSEERS, ADMIN | CHAIR | LEAD | OTHER_TEAM, **CAMPAIGN),
}
