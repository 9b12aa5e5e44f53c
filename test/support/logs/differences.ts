type Json = unknown

/** Where two JSON values differ: what stood there, and what stands there; `undefined` where nothing does. */
export interface Difference {
  readonly path: string
  readonly from?: Json
  readonly to?: Json
}

const isObject = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What an element of a list is known by, wherever in the list it stands. */
const keyOf = (element: Json): string | null => {
  if (!isObject(element)) return null
  const { kind, eventId, documentId, userId } = element
  const parts = [kind, eventId ?? documentId ?? userId].filter((part) => typeof part === 'string')
  return parts.length === 0 ? null : parts.join(' ')
}

/** Lists by the keys of their elements, second ones numbered; `null` if some element has none. */
const keyed = (list: readonly Json[]): ReadonlyMap<string, Json> | null => {
  const elements = new Map<string, Json>()
  for (const element of list) {
    const key = keyOf(element)
    if (key === null) return null
    let unique = key
    for (let n = 2; elements.has(unique); n++) unique = `${key} #${n}`
    elements.set(unique, element)
  }
  return elements
}

const inOrder = (keys: Iterable<string>, others: ReadonlyMap<string, Json>): readonly string[] =>
  [...keys].filter((key) => others.has(key))

const inLists = (path: string, from: readonly Json[], to: readonly Json[]): readonly Difference[] => {
  const [before, after] = [keyed(from), keyed(to)]
  if (before === null || after === null) {
    return from.length === to.length
      ? from.flatMap((element, index) => differences(element, to[index], `${path}[${index}]`))
      : [{ path, from, to }]
  }
  const keys = [...new Set([...before.keys(), ...after.keys()])]
  const [orderBefore, orderAfter] = [inOrder(before.keys(), after), inOrder(after.keys(), before)]
  return [
    ...keys.flatMap((key) => differences(before.get(key), after.get(key), `${path}[${key}]`)),
    ...(JSON.stringify(orderBefore) === JSON.stringify(orderAfter)
      ? []
      : [{ path: `${path}[order]`, from: orderBefore, to: orderAfter }]),
  ]
}

/**
 * All differences of two JSON values; none if and only if they are equal, the order of an object's members aside. The
 * elements of lists are compared by their ids where they have some, so that one more is one difference.
 */
export const differences = (from: Json, to: Json, path = ''): readonly Difference[] => {
  if (Array.isArray(from) && Array.isArray(to)) return inLists(path, from, to)
  if (isObject(from) && isObject(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])]
    return names.flatMap((name) => differences(own(from, name), own(to, name), path === '' ? name : `${path}.${name}`))
  }
  if (from === to) return []
  return [{ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }]
}

const own = (object: Readonly<Record<string, Json>>, name: string): Json =>
  Object.hasOwn(object, name) ? object[name] : undefined
