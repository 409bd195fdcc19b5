"""What the forms of the campaign summary may hold."""

from app.findings.schemas import Form, PaperForm, words


class ProposalsForm(Form):
    """What a preview needs: the proposals typed so far."""

    class Meta(Form.Meta):
        exclude = ("revision",)

    proposals = words(required=False)


class SummaryForm(PaperForm):
    """Issuing the summary."""

    proposals = words(required=False)
