/** What an attack would set in the page, if any text of a run became code. */
const attack = "window.attacked=1";

const payloads: readonly string[] = [
  `<script>${attack}</script>`,
  `</script><script>${attack}</script>`,
  `</SCRIPT ><script>${attack}//`,
  `<img src=x onerror="${attack}">`,
  `<svg onload=${attack}>`,
  `<svg><animate onbegin=${attack} attributeName=x dur=1s>`,
  `<iframe srcdoc="<script>parent.${attack}</script>"></iframe>`,
  `<a href="javascript:${attack}" id=link autofocus onfocus=${attack}>x</a>`,
  `<details open ontoggle=${attack}>`,
  `<style>@import url(http://127.0.0.1:9/x.css);</style>`,
  `<link rel=stylesheet href=http://127.0.0.1:9/x.css>`,
  `<meta http-equiv=refresh content="0;url=http://127.0.0.1:9/">`,
  `<base href=http://127.0.0.1:9/>`,
  `<form action=http://127.0.0.1:9/><input name=q autofocus onfocus=${attack}>`,
  `<math><mtext></p><img src=x onerror=${attack}>`,
  `<template><script>${attack}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${attack}>">`,
  `<!--><script>${attack}</script>-->`,
  `<![CDATA[<script>${attack}</script>]]>`,
  `<plaintext>`,
  `&lt;script&gt;${attack}&lt;/script&gt;`,
  `\\u003cscript>${attack}\\u003c/script>`,
  `";${attack};//`,
  `'-${attack.replaceAll("'", "")}-'`,
  `\${${attack}}`,
  `{{constructor.constructor('${attack}')()}}`,
  `<x style="background:url(javascript:${attack})">`,
  `__proto__`,
  `constructor`,
  `row=1&run=2#row=99999`,
];

/** The places of a text in which a parser may be caught. */
const settings: readonly ((payload: string) => string)[] = [
  (payload) => payload,
  (payload) => `">${payload}`,
  (payload) => `-->${payload}<!--`,
  (payload) => `</title></textarea></style>${payload}`,
  (payload) => `\u202e\u0000\u2028\ud800${payload}\u001b[31m`,
];

/** 150 texts that try to become markup or code. */
export const hostileStrings: readonly string[] = payloads.flatMap((payload) =>
  settings.map((put) => put(payload)),
);
