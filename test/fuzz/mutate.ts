import { anyDate, anyEpoch, plainDate } from './dates.ts'
import type { Dice } from './dice.ts'
import {
  copied,
  type Json,
  type List,
  list,
  type Members,
  object,
  readJson,
  type Scalar,
  scalar,
  unitsOf,
} from './json.ts'
import { CAST, DECIDING, idScalar, idsOf, KNOWN_MEMBERS, SEEDS, type Seed } from './seeds.ts'

/** Values that stand nowhere in the documentation. */
const STRANGE = [
  'null',
  'true',
  'false',
  '""',
  '0',
  '-0',
  '-1',
  '1',
  '2',
  '2.5',
  '1E5',
  '1e400',
  '-1e400',
  '1e-400',
  '0.1',
  '9007199254740993',
  '-9007199254740993',
  '123456789012345678901234567890',
  '"2"',
  '"two"',
  '"constructor"',
  '"__proto__"',
  '"toString"',
  '"0"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\\ud83d\\ude00"',
  '"😀"',
  '"\\u0000"',
  '"\\u007f"',
  '"\\u2028"',
  '"é/\\/\\\\/"',
  '"<script>"',
  '"\\\\u00e9"',
  '"\ufeff"',
  '" "',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '["2"]',
  '{"0":"2"}',
  '{"":0}',
  '{"__proto__":{"kycReview":"2"}}',
  '{"constructor":{"prototype":1}}',
  '[1,[2,[3,[4]]]]',
] as const
const STRANGE_KEYS = [
  '__proto__',
  'constructor',
  'toString',
  '',
  '0',
  'users',
  'documents',
  'user',
  'data',
  'id',
  'user_id',
  'USERID',
  'user-id',
  'object_payload',
  'webhook',
]

const parsed = (text: string): Json => readJson(text) ?? scalar('null')

interface Place {
  readonly value: Json
  readonly set: (value: Json) => void
  readonly key: string
}

/** Every place of a value, the value itself included. */
const placesIn = (root: { value: Json }): readonly Place[] => {
  const places: Place[] = []
  const look = (value: Json, key: string, set: (value: Json) => void): void => {
    places.push({ value, key, set })
    if (value.kind === 'list')
      for (const [i, item] of value.items.entries()) {
        look(item, key, (one) => {
          value.items[i] = one
        })
      }
    if (value.kind === 'object')
      for (const member of value.members) {
        look(member.value, unitsOf(member.key), (one) => {
          member.value = one
        })
      }
  }
  look(root.value, '', (value) => {
    root.value = value
  })
  return places
}

/** The same text, each unit raw or escaped in some way that JSON allows; now and then a lone surrogate in it. */
export const respelled = (quoted: string, dice: Dice): string => {
  const spelled = unitsOf(quoted)
    .split('')
    .map((unit) => {
      const hex = unit.charCodeAt(0).toString(16).padStart(4, '0')
      if (dice.once(3)) return dice.once(2) ? `\\u${hex}` : `\\u${hex.toUpperCase()}`
      return unit === '/' && dice.once(2) ? '\\/' : JSON.stringify(unit).slice(1, -1)
    })
  if (dice.once(12)) spelled.splice(dice.below(spelled.length + 1), 0, dice.pick(['\\ud800', '\\udc00', '\\uDBFF']))
  return `"${spelled.join('')}"`
}

const isText = (value: Json): value is Scalar => value.kind === 'scalar' && value.text.startsWith('"')
const isMembers = (value: Json): value is Members => value.kind === 'object'
const isList = (value: Json): value is List => value.kind === 'list'

const deep = (dice: Dice): Json => {
  const depth = dice.pick([10, 100, 1000, 5000])
  const [opens, closes] = dice.once(2) ? ['[', ']'] : ['{"users":', '}']
  return scalar(`${opens.repeat(depth)}1${closes.repeat(depth)}`)
}

type Mutation = (root: { value: Json }, dice: Dice) => void

const atAny =
  (act: (place: Place, dice: Dice) => void): Mutation =>
  (root, dice) =>
    act(dice.pick(placesIn(root)), dice)

const atMembers =
  (act: (object: Members, dice: Dice) => void): Mutation =>
  (root, dice) => {
    const found = placesIn(root).flatMap(({ value }) => (isMembers(value) ? [value] : []))
    if (found.length > 0) act(dice.pick(found), dice)
  }

const atDecision: Mutation = (root, dice) => {
  const found = placesIn(root).filter(({ key }) => DECIDING.has(key))
  if (found.length === 0) return
  const { key, set } = dice.pick(found)
  set(parsed(dice.pick(DECIDING.get(key) ?? ['null'])))
}

const atOwner: Mutation = (root, dice) => {
  const found = placesIn(root).filter(({ key }) => key === 'userId' || key === 'user_id')
  if (found.length > 0) dice.pick(found).set(idScalar(dice.pick(idsOf(dice.pick(CAST)))))
}

const atDate: Mutation = (root, dice) => {
  const found = placesIn(root).filter(({ key, value }) => value.kind === 'scalar' && /date|time|-at$/i.test(key))
  if (found.length === 0) return
  dice
    .pick(found)
    .set(scalar(dice.once(12) ? anyEpoch(dice) : JSON.stringify(dice.once(4) ? plainDate(dice) : anyDate(dice))))
}

const newKey = (dice: Dice): string =>
  dice.once(2)
    ? dice.pick([...DECIDING.keys()])
    : dice.once(2)
      ? dice.pick(STRANGE_KEYS)
      : unitsOf(dice.pick(KNOWN_MEMBERS).key)

const addMember = atMembers((object, dice) => {
  const known = dice.pick(KNOWN_MEMBERS)
  const key = dice.once(2) ? newKey(dice) : unitsOf(known.key)
  const value = DECIDING.has(key)
    ? parsed(dice.pick(DECIDING.get(key) ?? STRANGE))
    : dice.once(2)
      ? copied(known.value)
      : parsed(dice.pick(STRANGE))
  object.members.splice(dice.below(object.members.length + 1), 0, { key: JSON.stringify(key), value })
})

const dropMember = atMembers((object, dice) => {
  object.members.splice(dice.below(object.members.length), 1)
})

const repeatMember = atMembers((object, dice) => {
  const at = dice.below(object.members.length)
  const member = object.members[at]
  if (member === undefined) return
  const value = dice.once(2) ? copied(member.value) : parsed(dice.pick(DECIDING.get(unitsOf(member.key)) ?? STRANGE))
  const key = dice.once(3) ? respelled(member.key, dice) : member.key
  object.members.splice(dice.below(object.members.length + 1), 0, { key, value })
})

const renameMember = atMembers((object, dice) => {
  const member = object.members[dice.below(object.members.length)]
  if (member === undefined) return
  const name = unitsOf(member.key)
  member.key = dice.once(4)
    ? respelled(member.key, dice)
    : JSON.stringify(
        dice.pick([
          newKey(dice),
          name.toLowerCase(),
          name.toUpperCase(),
          `${name} `,
          name.replaceAll(/[A-Z]/g, (a) => `_${a.toLowerCase()}`),
        ]),
      )
})

const reorder = atMembers((object, dice) => {
  object.members = [...dice.shuffled(object.members)]
})

const repeatItem: Mutation = (root, dice) => {
  const found = placesIn(root).flatMap(({ value }) => (isList(value) ? [value] : []))
  if (found.length === 0) return
  const into = dice.pick(found)
  const item = into.items[dice.below(into.items.length)]
  into.items.splice(
    dice.below(into.items.length + 1),
    0,
    item === undefined || dice.once(4) ? parsed(dice.pick(STRANGE)) : copied(item),
  )
}

const dropItem: Mutation = (root, dice) => {
  const found = placesIn(root).flatMap(({ value }) => (isList(value) ? [value] : []))
  if (found.length === 0) return
  const from = dice.pick(found)
  from.items.splice(dice.below(from.items.length), 1)
}

const move: Mutation = (root, dice) => {
  const places = placesIn(root)
  dice.pick(places).set(copied(dice.pick(places).value))
}

const wrap = atAny(({ value, set }, dice) => {
  set(dice.once(2) ? list([value]) : object([{ key: JSON.stringify(newKey(dice)), value }]))
})

const unwrap = atAny(({ value, set }) => {
  const inner = value.kind === 'list' ? value.items[0] : value.kind === 'object' ? value.members[0]?.value : undefined
  if (inner !== undefined) set(inner)
})

const respell: Mutation = (root, dice) => {
  const found = placesIn(root).flatMap(({ value }) => (isText(value) ? [value] : []))
  if (found.length === 0) return
  const text = dice.pick(found)
  text.text = respelled(text.text, dice)
}

const long = atAny(({ set }, dice) =>
  set(scalar(`"${dice.pick(['a', '/', '\\/', 'é', '\\u0001', '😀']).repeat(dice.pick([100, 5000, 30_000]))}"`)),
)

/** Each by how often it is chosen. */
const MUTATIONS: readonly (readonly [number, Mutation])[] = [
  [8, atDecision],
  [6, atDate],
  [3, atOwner],
  [5, atAny(({ set }, dice) => set(parsed(dice.pick(STRANGE))))],
  [2, atAny(({ set }, dice) => set(scalar(JSON.stringify(anyDate(dice)))))],
  [4, addMember],
  [4, dropMember],
  [3, repeatMember],
  [2, renameMember],
  [2, reorder],
  [3, repeatItem],
  [1, dropItem],
  [2, move],
  [2, wrap],
  [1, unwrap],
  [3, respell],
]
const WEIGHED = MUTATIONS.flatMap(([weight, mutation]) => Array.from({ length: weight }, () => mutation))

/** A value after some changes, most often few; the one that is given stays as it is. */
export const mutated = (value: Json, dice: Dice, most = 6): Json => {
  const root = { value: copied(value) }
  if (dice.once(400)) dice.once(2) ? long(root, dice) : atAny(({ set }) => set(deep(dice)))(root, dice)
  for (let left = dice.below(dice.below(most) + 1); left > 0; left--) dice.pick(WEIGHED)(root, dice)
  return root.value
}

const BYTES = [
  0x00, 0x09, 0x0b, 0x20, 0x22, 0x2c, 0x30, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xa0, 0xbf, 0xc0, 0xed, 0xef,
  0xff,
]

/** The bytes after one to three changes at any place. */
export const mutatedBytes = (body: Buffer, dice: Dice): Buffer => {
  let bytes = body
  for (let left = 1 + dice.below(3); left > 0; left--) {
    const at = dice.below(bytes.length + 1)
    const end = at + dice.below(dice.pick([2, 8, 200]))
    const [head, piece, tail] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)]
    const byte = Buffer.from([dice.pick(BYTES)])
    bytes = Buffer.concat(
      dice.pick([
        [head, byte, bytes.subarray(at + 1)],
        [head, byte, bytes.subarray(at)],
        [head, tail],
        [head, piece, piece, tail],
        [head],
        [tail, head],
        [
          head,
          Buffer.from(dice.pick(['\ud7ff', '\ufeff', '\u00a0', '\u2028', '/*', '//', '\\', '\\u', 'NaN', ',', '""'])),
          bytes.subarray(at),
        ],
        [bytes, bytes],
      ]),
    )
  }
  return bytes
}

/** The same with other decisions, each as documented or nearly so. */
export const decidedOtherwise = (value: Json, dice: Dice): Json => {
  const root = { value: copied(value) }
  for (let left = 1 + dice.below(3); left > 0; left--) atDecision(root, dice)
  return root.value
}

/** A webhook to begin with; more often one that decides whether somebody is verified. */
export const seedOf = (dice: Dice): Seed =>
  dice.once(2) ? dice.pick(SEEDS) : dice.pick(SEEDS.filter(({ name }) => /^(user|kycreview)\./.test(name)))
