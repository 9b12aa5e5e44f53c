import { nameOfEntry } from '../../words/eventInWords.ts'
import { ownNameInWords } from '../../words/ownEventInWords.ts'
import { shown } from '../../words/shown.ts'
import { inWords, type TimelineEntry } from './timelineEntry.ts'

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

const titleOf = (entry: TimelineEntry): string =>
  (entry.says.length > 0 && entry.name !== null ? ownNameInWords(entry.name) : null) ?? nameOfEntry(entry)

/** What this service wrote itself was never delivered: it occurred when it was recorded. */
const times = ({ occurredAt, receivedAt, recordedAt, late, says }: TimelineEntry): string =>
  says.length > 0
    ? `recorded ${told(recordedAt)} by this service itself`
    : `occurred ${told(occurredAt)}${late ? ' (heard of after later ones)' : ''}, received ${told(receivedAt)}, recorded ${told(recordedAt)}`

/** An event in it. */
export const htmlEntry = (entry: TimelineEntry): string => `<li>
<strong>${told(titleOf(entry))}</strong>
<div class="times">${times(entry)}</div>
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
