"""A report as a viewer may see it: withheld fields are absent, and named."""

from shared.reports.models import Money, Report, ReportView


def view(report: Report, withheld: frozenset[str]) -> ReportView:
    values = report.model_dump()
    loss = Money(amount_minor=report.loss_minor, currency=report.currency) if report.currency else None
    known = {name: value for name, value in values.items() if name in ReportView.model_fields}
    hidden = {name for name, field in ReportView.model_fields.items() if field.alias in withheld}
    return ReportView(**(known | {"loss": loss} | dict.fromkeys(hidden)), withheld=sorted(withheld))
