"""What the forms of the campaign summary may hold."""

from marshmallow import fields, validate

from app.campaigns.schemas import day, public_id
from app.findings.schemas import Form, PreviewForm, ReplacingForm, words


class ProposalsForm(PreviewForm):
    """What a preview needs: the proposals typed so far, and what the report replaces."""

    proposals = words(required=False)


class BeginSelfCheckForm(Form):
    """A unit begins to check itself."""

    class Meta(Form.Meta):
        exclude = ("revision",)

    unit_id = fields.Integer(required=True, strict=False, validate=validate.Range(1, 2**31 - 1))
    version_id = public_id()


class OrderSelfChecksForm(Form):
    """A campaign orders its units to check themselves by a day."""

    due_on = day()


class SummaryForm(ReplacingForm, ProposalsForm):
    """Issuing the summary."""
