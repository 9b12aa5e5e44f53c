import { inWords, shown, type TimelineEntry } from './timelineEntry.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it stands in a page, also inside of an attribute in quotes. */
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '')

const told = (text: string | null): string => escaped(shown(text ?? 'not known'))

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
`

const STYLE = `<style>
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #1a1a1a; background: #fff }
ol > li { margin: 0 0 1.2em }
h1 { font-size: 1.4em }
.times, .place { color: #555; font-size: .9em }
ul { margin: .2em 0 }
</style>
</head>
`

/** An event in it. */
export const htmlEntry = (entry: TimelineEntry): string => `<li>
<strong>${told(entry.name ?? 'an event of which nothing is made')}</strong>
<div class="times">occurred ${told(entry.occurredAt)}${entry.late ? ' (heard of after later ones)' : ''}, received ${told(entry.receivedAt)}, recorded ${told(entry.recordedAt)}</div>
<ul>
${inWords(entry)
  .map((sentence) => `<li>${escaped(sentence)}.</li>`)
  .join('\n')}
</ul>
<div class="place">${told(entry.stream)}, revision ${entry.revision}, event ${told(entry.eventId)}</div>
</li>
`

/**
 * The timeline as a page that opens in any browser and loads nothing: this, an `htmlEntry` for each event, and `HTML_END`. All
 * text that came from outside is escaped, and no script would run. `about` is its heading, `remark` what stands below it.
 */
export const htmlBeginning = (about: string, remark: string): string =>
  [
    PAGE,
    `<title>${escaped(about)}</title>\n`,
    STYLE,
    `<body>\n<h1>${escaped(about)}</h1>\n<p>${escaped(remark)}</p>\n<ol>\n`,
  ].join('')

export const HTML_END = '</ol>\n</body>\n</html>\n'
