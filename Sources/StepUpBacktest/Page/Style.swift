extension Markup {
    /// Light and dark by the reader's choice, narrow and wide, on paper. Contrast is 4.5 to 1 or better in each (WCAG 2.2, 1.4.3).
    static let pageStyle = Markup.style(
        """
        :root{color-scheme:light dark;--ground:#fff;--raised:#f5f6f8;--ink:#1b2330;--faint:#566072;--line:#d5dae2;--first:#1f5fbf;--second:#b4540a;
        --warn:#8a1c1c;--warnground:#fdf0ee;--heat:31,95,191}
        @media (prefers-color-scheme:dark){:root{--ground:#12161d;--raised:#1b212b;--ink:#e4e8ee;--faint:#a3adbd;--line:#343d4b;--first:#7fb0f5;
        --second:#f0a35e;--warn:#ffb4a8;--warnground:#3a1d1b;--heat:127,176,245}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
        overflow-wrap:anywhere}
        header,main,footer{max-width:62rem;margin:0 auto;padding:0 1rem}
        header{padding-top:2.5rem}
        h1{font-size:1.75rem;line-height:1.25;margin:0 0 .75rem}
        h2{font-size:1.25rem;line-height:1.3;margin:3rem 0 .5rem;padding-top:1rem;border-top:1px solid var(--line)}
        h3{font-size:1rem;margin:1.5rem 0 .25rem}
        p{margin:.5rem 0;max-width:44rem}
        .lead{font-size:1.125rem;max-width:44rem}
        .faint,figcaption,caption{color:var(--faint)}
        .banner{background:var(--warnground);color:var(--warn);padding:.75rem 1rem;border-left:4px solid currentColor;margin:1rem 0}
        .box{overflow-x:auto;max-width:100%;margin:.75rem 0}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9375rem;min-width:100%;overflow-wrap:normal}
        th[scope=row]{min-width:8.5rem;overflow-wrap:anywhere}
        td code,th code{display:inline-block;min-width:16rem;overflow-wrap:anywhere}
        caption{text-align:left;padding-bottom:.25rem}
        th,td{text-align:left;padding:.375rem .75rem .375rem 0;border-bottom:1px solid var(--line);vertical-align:top}
        td.n,th.n{text-align:right;white-space:nowrap}
        thead th{color:var(--faint);font-weight:600}
        tbody th{font-weight:500}
        figure{margin:1rem 0}
        figcaption{margin-bottom:.5rem;max-width:44rem}
        svg{display:block;width:100%;height:auto}
        .axis{display:flex;justify-content:space-between;color:var(--faint);font-size:.8125rem;gap:1rem}
        .bar1{fill:var(--first)}
        .bar2{fill:none;stroke:var(--second);stroke-width:2;vector-effect:non-scaling-stroke}
        .grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
        .key{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;font-size:.875rem;margin:.25rem 0;padding:0;list-style:none}
        .key i{display:inline-block;width:1.25rem;height:.75rem;margin-right:.4rem;vertical-align:-1px;background:var(--first)}
        .key .two i{background:none;border-bottom:3px solid var(--second);height:.35rem;vertical-align:4px}
        .rows{display:grid;grid-template-columns:minmax(6rem,14rem) 1fr auto;gap:.3rem .75rem;align-items:center;font-size:.9375rem}
        .track{background:var(--raised);height:1.1rem;position:relative;min-width:3rem}
        .track i{position:absolute;left:0;top:0;bottom:0;background:var(--first);opacity:.45}
        .track i.alone{opacity:1}
        .track i.two{top:auto;height:4px;opacity:1;background:var(--second)}
        .rows b{font-weight:500;font-variant-numeric:tabular-nums;text-align:right}
        .heat{display:grid;grid-template-columns:2.25rem repeat(24,minmax(0,1fr));gap:1px;font-size:.75rem}
        .heat span{color:var(--faint);line-height:1.6}
        .heat i{min-height:1.4rem;background:var(--raised);position:relative}
        .heat .h{text-align:center;overflow:hidden}
        .heat .q{visibility:hidden}
        .heat .q.six{visibility:visible}
        @media (min-width:48rem){.heat .q{visibility:visible}}
        details{margin:.5rem 0}
        summary{cursor:pointer;color:var(--first);width:fit-content}
        :focus-visible{outline:3px solid var(--second);outline-offset:2px}
        code{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.875em}
        li{max-width:44rem;margin:.35rem 0}
        footer{padding-top:2rem;padding-bottom:3rem}
        .skip{position:absolute;left:-999rem}
        .skip:focus{position:static}
        @media print{:root{color-scheme:light;--ground:#fff;--raised:#eef0f3;--ink:#000;--faint:#444c59;--line:#bbb;--first:#1f5fbf;--second:#b4540a;
        --warn:#8a1c1c;--warnground:#fff;--heat:31,95,191}
        @page{size:A4;margin:16mm}
        body{font-size:10.5pt}
        header,main,footer{max-width:none;padding-left:0;padding-right:0}
        h2{margin-top:1.5rem}
        h2,h3,figcaption{break-after:avoid}
        figure,.rows,.heat,tr{break-inside:avoid}
        .box{overflow:visible}
        .skip{display:none}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
        """)
}
