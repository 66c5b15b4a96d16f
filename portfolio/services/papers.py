"""What is printed: a portfolio and a certificate, every text ready in the school's language."""

from __future__ import annotations

from collections.abc import Sequence

from portfolio.errors import N_, Conflict, Message
from portfolio.i18n import Translator, translations
from portfolio.ports import Attachment, CertificatePaper, PaperCredential, PortfolioPaper, Ports, SkillLine
from portfolio.practice.formats import FORMATS
from portfolio.services.authorize import Actor
from portfolio.services.portfolios import PortfolioView, level_title
from portfolio.services.register import DEAD, CredentialView, credential, find_row
from portfolio.services.setup import home_of


def certificate(ports: Ports, actor: Actor, reference: str) -> bytes:
    """One credential on one page, for the pupil whose it is or the registrar. Raises NotFound, Closed, Unavailable."""
    page = credential(ports, actor, reference)
    if page.credential.state in DEAD:
        raise Conflict(
            message=Message(N_("This confirmation is not in force, so it is not printed.")),
        )
    say = translations(ports.settings.locale, ports.settings.timezone)
    with ports.sessions.read() as session:
        home = home_of(session, ports)
        body = find_row(session, page.credential.id).body
    return ports.paper.certificate(
        CertificatePaper(
            locale=say.locale,
            person=page.credential.shown.person or "",
            school=home.name,
            host=home.links.host,
            credential=_paper(say, page.credential),
            attachments=(Attachment("credential.json", page.credential.title, body),),
        )
    )


def portfolio_paper(
    ports: Ports, view: PortfolioView, files: Sequence[tuple[str, bytes]], clr: bytes
) -> PortfolioPaper:
    """A portfolio as it is printed, with the signed files inside. files: (name, bytes)."""
    say = translations(ports.settings.locale, ports.settings.timezone)
    living = [found for found in reversed(view.credentials) if found.state not in DEAD]
    with ports.sessions.read() as session:
        host = home_of(session, ports).links.host
    return PortfolioPaper(
        locale=say.locale,
        person=view.person,
        school=view.school,
        class_name=view.class_name or "",
        made=say.date(ports.now()),
        host=host,
        summary=summary_line(say, view),
        skills=[
            SkillLine(
                skill.code,
                skill.title(say.locale),
                skill.level,
                level_title(skill.level, say.locale),
                skill.assessors,
                say.date(skill.newest),
            )
            for skill in view.skills
        ],
        credentials=[_paper(say, found) for found in living],
        attachments=[
            Attachment("clr.json", "CLR 2.0", clr),
            *(Attachment(name, name, data) for name, data in files),
        ],
    )


def summary_line(say: Translator, view: PortfolioView) -> str:
    """«14 подтверждений от 6 организаций, 120 часов»."""
    return say.gettext(
        "{confirmations} from {organisations}, {hours}",
        confirmations=say.ngettext("{count} confirmation", "{count} confirmations", view.living),
        organisations=say.ngettext("{count} organisation", "{count} organisations", view.organisations),
        hours=say.ngettext("{count} hour", "{count} hours", view.hours + view.service_hours),
    )


def _paper(say: Translator, view: CredentialView) -> PaperCredential:
    facts = view.shown
    day = say.date(facts.end) if facts.end else ""
    return PaperCredential(
        title=view.title,
        format_name=say.gettext(FORMATS[facts.format_kind].title) if facts.format_kind else "",
        period=say.period(facts.start, facts.end) if facts.start and facts.end else "",
        hours=say.number(facts.hours) if facts.hours else "",
        organisation=facts.assessor_organisation or facts.issuer or "",
        assessor=facts.assessor or "",
        narrative=facts.narrative or "",
        results=[
            SkillLine(level.code, level.title, level.level or 0, level.level_name, 1, day) for level in facts.levels
        ],
        issued=say.date(view.issued_at),
        valid_until=say.date(view.valid_until) if view.valid_until else "",
        code=view.grouped,
        url=view.url,
        qr=view.qr,
        rosette=view.rosette,
    )
