"""What the event log is asked for: as it is typed, and as it is kept."""

from __future__ import annotations

from qdash.history import History
from qdash.search import Query, Search, SearchError, Term, parse

_EVERYDAY = Term("kind", ("everyday",), negated=True)


class Filter:
    """A query that takes effect while it is typed, and the search for it in one history."""

    def __init__(self) -> None:
        self.query = Query()
        """What is looked for; without terms nothing is."""
        self.error = ""
        """Why what was typed cannot be looked for: what could be is looked for still."""
        self.search: Search | None = None
        self._kept = Query()

    def type(self, text: str) -> None:
        """Look for what is typed, if that can be understood."""
        self.error = ""
        while True:
            try:
                self._ask(parse(text))
                return
            except SearchError as error:
                self.error = self.error or str(error)
                text = " ".join(text.split()[:-1])  # the last word is not whole yet

    def keep(self) -> None:
        """Look for this from now on."""
        self._kept, self.error = self.query, ""

    def undo(self) -> None:
        """Look again for what was kept."""
        self._ask(self._kept)
        self.error = ""

    def clear(self) -> None:
        """Look for nothing."""
        self._ask(Query())
        self.keep()

    @property
    def on(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.query.terms)

    @property
    def everyday(self) -> bool:
        """Whether everyday work is looked for too."""
        return _EVERYDAY not in self.query.terms

    def toggle_everyday(self) -> None:
        """Look for everyday work too, or not."""
        terms = tuple(term for term in self.query.terms if term != _EVERYDAY)
        self._ask(Query((*terms, _EVERYDAY) if self.everyday else terms))
        self.keep()

    def look(self, history: History, at: int, seconds: float) -> bool:
        """Look further for about ``seconds``, in another history from ``at`` outwards.

        Returns whether there is anything left to look through.
        """
        if not self.on:
            return False
        if self.search is None or self.search.history is not history:
            self.search = Search(history, self.query, at)
        return self.search.go_on(seconds)

    def _ask(self, query: Query) -> None:
        if query != self.query:
            self.query, self.search = query, None
