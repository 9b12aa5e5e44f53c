import { membersOf, skipSpace } from '../webhooks/members.ts'

/**
 * A webhook, flat or nested, with other texts in the place of some of its members, and of the rest each character as it was; a member that it
 * does not have comes last. `text` must be a JSON object, what is put in JSON.
 */
export const withMembers = (text: string, members: ReadonlyMap<string, string>): string => {
  const outer = membersOf(text, skipSpace(text, 0))
  const nested = outer.spans.get('webhook')
  const { spans, end } = nested !== undefined && text[nested.start] === '{' ? membersOf(text, nested.start) : outer
  const put = [...members].map(([name, value]) => {
    const span = spans.get(name)
    return span === undefined
      ? { start: end - 1, end: end - 1, value: `${spans.size === 0 ? '' : ','}${JSON.stringify(name)}:${value}` }
      : { ...span, value }
  })
  // From the last to the first: the places of those before stay what they were.
  return put
    .sort((a, b) => b.start - a.start)
    .reduce((whole, { start, end: until, value }) => whole.slice(0, start) + value + whole.slice(until), text)
}
