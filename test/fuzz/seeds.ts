import { documented, documentedNames } from '../support/webhooks/documentedWebhooks.ts'
import { type Json, object, readJson, scalar } from './json.ts'

/** Whom generated webhooks speak of: also one whose id is no number that a program could count with. */
export const CAST = ['42', '43', '4200000000000000042'] as const

/** In place of all that the documented payloads say of a person: no line of a log may hold a part of it. */
export const PERSON = 'Zoë Personne-née, 12 rue/Straße'
/** What to look for. */
export const OF_PERSON = /Personne|Zoë|\u005cu00eb|Straße/

const PERSONAL =
  /name|birth|email|address|phone|mobile|city|postcode|occupation|comment|taxNumber|userTag|documentTag|issuing|^title$|^state$/i

/** A documented webhook, taken apart: the members of its envelope as they are written, and its payload. */
export interface Seed {
  readonly name: string
  readonly envelope: readonly { readonly key: string; readonly value: Json }[]
  readonly payload: Json
}

const isUserId = (key: string): boolean => key === 'userId' || key === 'user_id'

const anonymous = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map((inner) => anonymous(inner, key))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, anonymous(inner, name)]))
  if (isUserId(key)) return typeof value === 'number' ? Number(CAST[0]) : CAST[0]
  return typeof value === 'string' && PERSONAL.test(key) ? PERSON : value
}

const jsonOf = (value: unknown): Json => readJson(JSON.stringify(value)) ?? object([])

/** What one webhook of each documented kind is made of, and of some that are not followed or hold no payload. */
export const SEEDS: readonly Seed[] = [
  ...documentedNames.map((file) => {
    const { object_payload: payload, ...envelope } = documented(file) as Record<string, unknown>
    return { ...envelope, payload: anonymous(payload) }
  }),
  { webhook: 'payin.create', object: 'payin', object_id: '1', payload: { payins: [{ payinId: '1', userId: '42' }] } },
  { webhook: 'user.update', object: 'user', object_id: '42', payload: { users: [] } },
].map(({ payload, ...envelope }): Seed => {
  const { object_payload_signature: _, ...members } = envelope as Record<string, unknown>
  return {
    name: String(members['webhook']),
    envelope: Object.entries(members).map(([key, value]) => ({ key: JSON.stringify(key), value: jsonOf(value) })),
    payload: jsonOf(payload),
  }
})

/** Every key that stands in a documented payload, with the values that it has there. */
export const KNOWN_MEMBERS: readonly { readonly key: string; readonly value: Json }[] = SEEDS.flatMap(({ payload }) => {
  const found: { key: string; value: Json }[] = []
  const look = (value: Json): void => {
    if (value.kind === 'list') value.items.forEach(look)
    if (value.kind !== 'object') return
    for (const member of value.members) {
      found.push(member)
      look(member.value)
    }
  }
  look(payload)
  return found
})

/** Keys that decide, with values that mean something there, and some that nearly do. */
export const DECIDING: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    kycReview: [
      '"2"',
      '2',
      '"2"',
      '"3"',
      '3',
      '"1"',
      '1',
      '"0"',
      '"4"',
      '"5"',
      '"6"',
      '"7"',
      '2.0',
      '2e0',
      '"02"',
      '"2 "',
      '20e-1',
    ],
    kycLevel: ['"2"', '2', '"0"', '1', '"4"', '4', '4.0', '"04"', '40e-1', '"5"', '6'],
    kycStatus: [
      '"VALIDATED"',
      '"PENDING"',
      '"REFUSED"',
      '"validated"',
      '" VALIDATED"',
      '"VALIDATED\\u0000"',
      '"\\u0056ALIDATED"',
    ],
    userStatus: ['"VALIDATED"', '"PENDING"', '"CANCELED"', '"CANCELLED"', '"canceled"'],
    documentStatus: ['"VALIDATED"', '"PENDING"', '"CANCELED"', '"REFUSED"'],
    'kyc-status': ['"processed"', '"processing"', '"aborted"', '"expired"', '"Processed"'],
    score: ['1', '0', '-1', '1.0', '"1"', '"1.0"', '1e0', '0.99', '-0', '1e-400'],
    result: [
      '"SUCCESS"',
      '"SUCCESS_DATA_CHANGED"',
      '"SUCCESS_DATA_CHANGE"',
      '"STARTED"',
      '"CHECK_PENDING"',
      '"CANCELED"',
      '"FRAUD_SUSPICION_CONFIRMED"',
      '"success"',
    ],
  }),
)

/** How an id of a user may be written; the first two are as documented. */
export const idsOf = (user: string): readonly string[] => [
  `"${user}"`,
  user,
  `"0${user}"`,
  `" ${user}"`,
  `"+${user}"`,
  `${user}.0`,
  `${user}e0`,
  `["${user}"]`,
  `"${user}.0"`,
  `"${user}\\u0000"`,
  `{"id":"${user}"}`,
  '"0"',
  '0',
  '-42',
  'null',
]

export const idScalar = (text: string): Json => readJson(text) ?? scalar('null')
