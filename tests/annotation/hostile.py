"""Texts that try to run, load, name or cover something."""

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<svg onload="alert(1)"><a xlink:href="javascript:alert(1)">x</a></svg>',
    "[x](javascript:alert(1))",
    "[x](vbscript:alert(1)) [y](data:text/html,<script>alert(1)</script>)",
    "![pixel](https://tracker.example/p.png)",
    "![a][b]\n\n[b]: https://tracker.example/p.png",
    '<div hx-get="/api/v1/" hx-trigger="load" id="judgment" class="toasts" style="position:fixed">x</div>',
    '<form action="https://evil.example"><button form="judgment">send</button></form>',
    "<iframe src=//evil.example></iframe><object data=x></object><embed src=x>",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.example>",
    '<meta http-equiv="refresh" content="0;url=//evil.example"><base href="//evil.example">',
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "`</code><script>alert(1)</script>`",
    "```html onload=alert(1)\n</code></pre><script>alert(1)</script>\n```",
    "<!-- --><script>alert(1)</script><!-- -->",
    '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "[x](<javascript:alert(1)>)",
    # formulas
    "$\\text{<script>alert(1)</script>}$",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\class{toasts}{x}$ $\\style{position:fixed}{x}$ $\\cssId{judgment}{x}$",
    "\\(\\text{<img src=x onerror=alert(1)>}\\)",
    "$$\n\\text{&lt;script&gt;alert(1)&lt;/script&gt;}\n$$",
    "\\[\\color{red;position:fixed}{x}\\]",
    "$x\\hspace{99999em}y^2$",
    "<math><mtext></mtext><mglyph><style><!--</style><img title='--><img src onerror=alert(1)>'>",
    # code
    '```"onmouseover=alert(1)\nx\n```',
    "```<script>alert(1)</script>\nx\n```",
    "```html\n<script>alert(1)</script>\n```",
    '~~~py" class="toasts" data-at="1\nprint("</span><script>alert(1)</script>")\n~~~',
    # places in the source that a text claims for itself
    '<span data-at="3" data-len="9">x</span>',
    '[x](https://a.example "data-at=3")',
    '`<span data-at="3">`',
    # JSON
    '{"<script>alert(1)</script>": "<img src=x onerror=alert(1)>"}',
    '["</details></div><script>alert(1)</script>", {"onclick=alert(1)": "\\u202e"}]',
]
