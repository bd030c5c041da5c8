"""What a browser without scripts would post of a form."""

from html.parser import HTMLParser


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: list[tuple[str, str]] = []
        self.area: str | None = None
        self.select: str | None = None
        self.options: list[tuple[str | None, bool]] = []
        self.text = ""
        self.is_option = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "input" and name:
            is_box = found.get("type") in ("radio", "checkbox")
            if not is_box or "checked" in found:
                self.fields.append((name, found.get("value") or ""))
        elif tag == "textarea":
            self.area, self.text = name, ""
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option":
            self.options.append((found.get("value"), "selected" in found))
            self.is_option, self.text = True, ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area:
            self.fields.append((self.area, self.text.removeprefix("\n").replace("\n", "\r\n")))
            self.area = None
        elif tag == "option" and self.is_option:
            value, is_chosen = self.options[-1]
            self.options[-1] = (self.text.strip() if value is None else value, is_chosen)
            self.is_option = False
        elif tag == "select" and self.select:
            chosen = [value for value, is_chosen in self.options if is_chosen] or [
                self.options[0][0]
            ]
            self.fields.append((self.select, str(chosen[0])))
            self.select = None


def successful_fields(html: str) -> list[tuple[str, str]]:
    """[(name, value)] of the fields that would be sent."""
    form = _Form()
    form.feed(html)
    return form.fields
