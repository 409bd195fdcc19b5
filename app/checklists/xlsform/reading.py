"""What all parts of an import share: the marks, the languages, the lists, and what conditions may name."""

from dataclasses import dataclass, field

from app.checklists.xlsform.choices import Lists
from app.checklists.xlsform.languages import Texts
from app.checklists.xlsform.relevance import Source
from app.checklists.xlsform.report import Ledger
from app.checklists.xlsform.sheets import Row


@dataclass
class Reading:
    """What all parts of an import share."""

    ledger: Ledger
    texts: Texts
    lists: Lists
    sources: dict[str, Source] = field(default_factory=dict)  # items by name in the form
    others: dict[str, str] = field(default_factory=dict)  # names that no condition may use, and why
    keys: set[str] = field(default_factory=set)
    above: Row | None = None  # the row of the item that was read last

    def named(self, name: str, source: Source) -> None:
        """Let later conditions name a question; a name used twice is ambiguous for both."""
        if name in self.sources or name in self.others:
            self.sources.pop(name, None)
            self.others[name] = f"tên “{name}” dùng cho nhiều câu hỏi nên không rõ là câu nào"
        else:
            self.sources[name] = source

    def nameless(self, name: str, why: str) -> None:
        """Keep a name from conditions, with the reason."""
        if name:
            self.sources.pop(name, None)
            self.others.setdefault(name, why)
