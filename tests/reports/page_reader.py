"""Reads a report page: its tags, links, texts and tables."""

from html.parser import HTMLParser

VOID = {"meta", "col", "br", "link", "input", "img", "hr", "rect", "line"}


class Page(HTMLParser):
    """Collects tags, attributes, texts and tables, and complains of what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.handlers, self.texts = [], [], [], [], []
        self.tables, self.errors = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in {"src", "href", "action", "data", "xlink:href"}:
                self.links.append(value)
            if name.startswith("on"):
                self.handlers.append(name)
        if tag == "table":
            self.tables.append({"caption": "", "rows": []})
        elif tag == "tr" and self.tables:
            self.tables[-1]["rows"].append((dict(attrs).get("class"), []))
        elif tag in {"td", "th"}:
            self.tables[-1]["rows"][-1][1].append("")

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.errors.append(tag)

    def handle_data(self, data):
        if {"style", "script"} & set(self.open):
            return
        self.texts.append(data)
        if "caption" in self.open:
            self.tables[-1]["caption"] += data
        elif {"td", "th"} & set(self.open) and "small" not in self.open:
            self.tables[-1]["rows"][-1][1][-1] += data

    @property
    def text(self) -> str:
        return "\n".join(self.texts)

    def table(self, caption: str) -> list[tuple[str, list[str]]]:
        return next(table["rows"] for table in self.tables if caption in table["caption"])
