import { printable } from '../../../webhooks/printable.ts'

/** HTML that was made by `html`, and by nothing else: a text that came from outside cannot pass for it. */
export class Html {
  readonly #text: string
  constructor(key: symbol, text: string) {
    if (key !== MADE_HERE) throw new Error('HTML is made by html`…` alone')
    this.#text = text
  }
  toString(): string {
    return this.#text
  }
}

const MADE_HERE = Symbol('html')

/** What can stand in a page. What is nothing shows nothing; a list shows its members one behind the other. */
export type Shown = string | number | Html | null | undefined | false | readonly Shown[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** What shows as it stands, as most of what is shown does. */
const PLAIN = /^[\t\n !#-%(-;=?-~]*$/

/** What a browser would obey instead of showing it (controls, changes of direction) shows as `\u202e`. */
const escaped = (text: string): string =>
  PLAIN.test(text) ? text : printable(text).replace(/[&<>"']/g, (one) => ENTITIES[one] ?? '')

const render = (value: Shown): string => {
  if (value instanceof Html) return value.toString()
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  return Array.isArray(value) ? value.map(render).join('') : ''
}

/** Where a value stands: between tags, in a quoted attribute, or at the beginning of one that leads somewhere. */
type Hole = 'content' | 'attribute' | 'address'

const LEADS_SOMEWHERE = /\b(?:href|src|action|formaction)="$/i

/** This service's own paths, a place in the page, or somebody's page over https: nothing that runs. */
const ADDRESS = /^(?:\/(?![/\\])|#|\?|https:\/\/)/

/** Where the values of a template stand. Throws where one stands in a place that escaping does not make safe. */
const holesOf = (strings: readonly string[]): readonly Hole[] => {
  let place: 'content' | 'tag' | 'attribute' = 'content'
  return strings.slice(0, -1).map((text) => {
    for (const one of text) {
      if (place === 'content' && one === '<') place = 'tag'
      else if (place === 'tag' && one === '>') place = 'content'
      else if (place === 'tag' && one === '"') place = 'attribute'
      else if (place === 'attribute' && one === '"') place = 'tag'
    }
    if (place === 'tag') throw new Error(`a value stands in a tag and in no double quotes, behind: ${text}`)
    return place === 'attribute' && LEADS_SOMEWHERE.test(text) ? 'address' : place
  })
}

const knownHoles = new WeakMap<TemplateStringsArray, readonly Hole[]>()

const holesIn = (strings: TemplateStringsArray): readonly Hole[] => {
  const known = knownHoles.get(strings)
  if (known !== undefined) return known
  const holes = holesOf(strings)
  knownHoles.set(strings, holes)
  return holes
}

/**
 * The one way in which HTML is made. Every value is escaped but what `html` itself made; attributes stand in double quotes. Throws where a
 * value stands anywhere else in a tag, and where an address is none that a page may lead to: both are faults of the program.
 */
export const html = (strings: TemplateStringsArray, ...values: readonly Shown[]): Html => {
  const holes = holesIn(strings)
  let text = strings[0] ?? ''
  for (const [index, value] of values.entries()) {
    const shown = render(value)
    if (holes[index] === 'address' && !ADDRESS.test(shown)) throw new Error('a page leads to no such address')
    text += shown + (strings[index + 1] ?? '')
  }
  return new Html(MADE_HERE, text)
}
