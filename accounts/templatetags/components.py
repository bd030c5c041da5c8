"""Template tags of the interface: ``component`` with ``slot``, ``icon``, ``stylesheets``.

A component is a template in ``templates/components/``. Its body and its slots are
rendered where they are written, so they see the page's context; the component itself
sees only its parameters, ``body``, ``slots`` and what every page may use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import template
from django.template.base import token_kwargs
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts.templatetags.component_assets import ICONS, stylesheet_urls

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
        slots: dict[str, SafeString] = context.get("_slots", {})
        slots[self.name] = self.nodelist.render(context)
        return SafeString("")


@dataclass
class ComponentNode(template.Node):
    """Renders ``components/<name>.html`` with parameters, ``body`` and ``slots``."""

    name: str
    parameters: dict[str, FilterExpression]
    nodelist: NodeList

    def render(self, context: Context) -> SafeString:
        slots: dict[str, SafeString] = {}
        with context.push(_slots=slots):
            body = self.nodelist.render(context)
        values: dict[str, Any] = {key: context[key] for key in INHERITED if key in context}
        values |= {key: value.resolve(context) for key, value in self.parameters.items()}
        values |= {"body": mark_safe(body.strip()), "slots": slots}  # noqa: S308 - rendered template
        engine = context.template.engine if context.template else template.Engine.get_default()
        found = engine.get_template(f"components/{self.name}.html")
        return found.render(context.new(values))


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
def stylesheets() -> SafeString:
    """Links to the styles: one file where they are bundled, else one per component."""
    return format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((url,) for url in stylesheet_urls())
    )
