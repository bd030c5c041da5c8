"""Template tags of the interface: ``ui``, ``component`` with ``slot``, ``icon``, ``stylesheets``.

A component is a template in ``templates/components/``. Its body and its slots are
rendered where they are written, so they see the page's context; the component itself
sees only its parameters, ``body``, ``slots`` and what every page may use. A plain
``include`` would let a page's ``form`` or ``title`` slip into a button.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import template
from django.template.base import token_kwargs
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts.templatetags.component_assets import ICONS, script_url, stylesheet_urls

if TYPE_CHECKING:
    from django.template.base import FilterExpression, NodeList, Parser, Token
    from django.template.context import Context

register = template.Library()

# The only names a component inherits from the page around it.
INHERITED = ("request", "user", "csrf_token", "current_project", "LANGUAGE_CODE")


class SlotNode(template.Node):
    """The content of one named slot; it renders only when its component asks."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        slots = context.get("_slots")
        if slots is not None:
            slots[self.name] = self.nodelist.render(context)
        return SafeString("")


def render_component(
    context: Context, name: str, parameters: dict[str, Any], slots: dict[str, SafeString], body: str
) -> SafeString:
    """``components/<name>.html`` with nothing in sight but what it was given."""
    values: dict[str, Any] = {key: context[key] for key in INHERITED if key in context}
    values |= parameters
    values |= {"body": mark_safe(body.strip()), "slots": slots}  # noqa: S308 - rendered template
    engine = context.template.engine if context.template else template.Engine.get_default()
    return engine.get_template(f"components/{name}.html").render(context.new(values))


@dataclass
class ComponentNode(template.Node):
    """A component around what is written between its tags."""

    name: str
    parameters: dict[str, FilterExpression]
    nodelist: NodeList

    def render(self, context: Context) -> SafeString:
        slots: dict[str, SafeString] = {}
        with context.push(_slots=slots):
            body = self.nodelist.render(context)
        given = {key: value.resolve(context) for key, value in self.parameters.items()}
        return render_component(context, self.name, given, slots, body)


@register.tag
def component(parser: Parser, token: Token) -> ComponentNode:
    """``{% component "name" key=value %} body {% slot s %}...{% endslot %} {% endcomponent %}``."""
    name, *bits = token.split_contents()[1:]
    parameters = token_kwargs(bits, parser)
    if bits:
        message = f"component {name}: parameters are written key=value, found {bits[0]!r}"
        raise template.TemplateSyntaxError(message)
    nodelist = parser.parse(("endcomponent",))
    parser.delete_first_token()
    return ComponentNode(name.strip("\"'"), parameters, nodelist)


@register.simple_tag(takes_context=True)
def ui(context: Context, name: str, /, **parameters: Any) -> SafeString:
    """``{% ui "name" key=value %}``: a component that holds nothing."""
    return render_component(context, name, parameters, {}, "")


@register.tag
def slot(parser: Parser, token: Token) -> SlotNode:
    """Fill one slot of the component around it."""
    name = token.split_contents()[1]
    nodelist = parser.parse(("endslot",))
    parser.delete_first_token()
    return SlotNode(name, nodelist)


@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """A decorative 16 px icon, drawn inline: no request, colour of the text."""
    return format_html(
        '<svg class="icon {}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        extra_class,
        ICONS[name],
    )


@register.simple_tag
def script(name: str) -> SafeString:
    """The page's own script, a module: with what it needs in one file where that is bundled."""
    return format_html('<script type="module" src="{}"></script>', script_url(name))


@register.simple_tag
def stylesheets() -> SafeString:
    """Links to the styles: one file where they are bundled, else one per component."""
    return format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((url,) for url in stylesheet_urls())
    )
