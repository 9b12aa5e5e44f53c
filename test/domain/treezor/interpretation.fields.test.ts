import { expect } from 'chai'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { fold } from '../../../domain/state/fold.ts'
import { interpret } from '../../../domain/treezor/interpretation.ts'
import type { Interpretation } from '../../../domain/treezor/meaning.ts'
import { webhookOf } from '../../../domain/treezor/webhook.ts'
import { storedEvent } from '../../support/events/storedEvents.ts'
import { documentedNames, documentedOfUser, type WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

type Path = readonly (string | number)[]

/** Removes the field. JSON has no such value. */
const REMOVED = Symbol('removed')

const SPOILT: readonly unknown[] = [
  REMOVED,
  null,
  '',
  '🙃',
  ' ',
  'constructor',
  '__proto__',
  'DUPONT-MARTIN',
  'two words 1979-12-24',
  'x'.repeat(100_000),
  {},
  { userId: 'DUPONT-MARTIN' },
  [],
  ['DUPONT-MARTIN'],
  true,
  false,
  -1,
  0,
  1,
  '1',
  2,
  '02',
  1.5,
  77_001,
  '77001',
  1e300,
  Number.POSITIVE_INFINITY,
]

const pathsOf = (value: unknown, here: Path = []): readonly Path[] => {
  const deeper = Array.isArray(value)
    ? [...value.entries()]
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : []
  return deeper.flatMap(([key, inner]) => [[...here, key], ...pathsOf(inner, [...here, key])])
}

const spoil = (value: unknown, [key, ...rest]: Path, by: unknown): unknown => {
  if (Array.isArray(value)) {
    if (rest.length > 0) return value.map((item, index) => (index === key ? spoil(item, rest, by) : item))
    return value.flatMap((item, index) => (index === key ? (by === REMOVED ? [] : [by]) : [item]))
  }
  const entries = Object.entries(value as object)
  if (rest.length > 0) return Object.fromEntries(entries.map(([k, v]) => [k, k === key ? spoil(v, rest, by) : v]))
  return Object.fromEntries(entries.flatMap(([k, v]) => (k === key ? (by === REMOVED ? [] : [[k, by]]) : [[k, v]])))
}

const text = (path: Path): string => path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')

const isInteger = (u: unknown): u is number => typeof u === 'number' && Number.isSafeInteger(u)
const digits = (u: unknown): string | null => (isInteger(u) ? String(u) : typeof u === 'string' ? u : null)
const isUser = (u: unknown): boolean => /^[1-9][0-9]*$/.test(digits(u) ?? '')
const isNothing = (u: unknown): boolean => u === REMOVED || u === null || u === ''
const isId = (u: unknown): boolean => [...Array(128).keys()].some((n) => digits(u)?.length === n + 1)

/** What a spoilt payload is to mean: these states for this user, or nothing, with `path` unattributable. */
type Expected =
  | { readonly says: string; readonly userId: string; readonly notUnderstood: boolean }
  | { readonly unattributable: string }
  /** It cannot be read, and is heard by this user. */
  | { readonly unread: string; readonly path: string }
  | { readonly family: null }

const REVIEW: ReadonlyMap<string, string> = new Map(Object.entries({ 0: 'none', 1: 'pending', 2: 'validated' }))
const reviewSays = (by: unknown): string => REVIEW.get(digits(by) ?? '') ?? 'unknown'

const expectedOf = (webhook: WebhookJson, before: Interpretation, path: Path, by: unknown): Expected => {
  const [statement] = before.statements
  if (statement === undefined) throw new Error('a documented webhook says something')
  const unchanged = { says: statement.says, userId: statement.userId, notUnderstood: false }
  const decided = (says: string): Expected => ({ ...unchanged, says, notUnderstood: says === 'unknown' })
  const field = path.at(-1)
  const isList = path.length === 1 && (field === 'users' || field === 'documents')
  if (isList) return Array.isArray(by) ? { unattributable: `object_payload.${field}[0]` } : { family: null }
  if (typeof field === 'number' && path.length === 2) return { unattributable: `object_payload${text(path)}` }
  const object = path.length === 3 ? `object_payload${text(path.slice(0, 2))}` : `object_payload.${field}`
  switch (field) {
    case 'userId':
    case 'user_id':
      if (isUser(by)) return { ...unchanged, userId: String(by) }
      return by === '02' ? { unread: '2', path: object } : { unattributable: object }
    case 'documentId':
    case 'transactionNumber':
      return isId(by) ? unchanged : { unread: statement.userId, path: object }
    case 'kycReview':
      if (statement.region === 'legacy') return decided(reviewSays(by))
      // Beside a kycStatus of VALIDATED it has to say so, or nothing.
      return statement.says !== 'validated' || isNothing(by) || digits(by) === '2' ? unchanged : decided('unknown')
    case 'kycLevel':
    case 'userStatus': {
      // They decide nothing, but what nobody understands speaks against a success.
      const isLevel = field === 'kycLevel' && /^(0|-?[1-9][0-9]{0,8})$/.test(String(isInteger(by) ? by : digits(by)))
      return statement.says !== 'validated' || isNothing(by) || isLevel ? unchanged : decided('unknown')
    }
    case 'kycStatus':
      // Without it kycReview decides, and says the same.
      return by === REMOVED || by === null || by === '' ? unchanged : decided('unknown')
    case 'documentStatus':
    case 'result':
    case 'kyc-status':
      return decided('unknown')
    case 'score': {
      const { object_payload } = webhook as { object_payload: { 'kyc-status': string } }
      if (object_payload['kyc-status'] !== 'processed') return unchanged
      const score = typeof by === 'string' && /^[0-9]+$/.test(by) ? Number(by) : by
      if (typeof score !== 'number' || !Number.isFinite(score)) return decided('unknown')
      return decided(score === 1 ? 'passed' : score === 0 ? 'failed' : 'inconclusive')
    }
    default:
      return unchanged
  }
}

/** Spoilt values that could be found again in a text; the others are too short to look for. */
const searchable = (by: unknown): string | null =>
  typeof by === 'string' && (by.length > 3 || by === '🙃')
    ? by
    : typeof by === 'number' && by > 1000
      ? String(by)
      : null

const check = (webhook: WebhookJson, path: Path, by: unknown): void => {
  const before = interpret(webhookOf(webhook))
  const expected = expectedOf(webhook, before, path, by)
  const spoilt = { ...webhook, object_payload: spoil(webhook.object_payload, path, by) }
  const after = interpret(webhookOf(spoilt))
  const message = `${text(path)} ${String(typeof by === 'symbol' ? 'removed' : JSON.stringify(by)?.slice(0, 40))}`
  if ('family' in expected) {
    expect(after, message).to.deep.include({ family: null, statements: [], unattributable: ['object_payload'] })
    return
  }
  expect(after.family, message).to.equal(before.family)
  if ('unattributable' in expected) {
    expect(after.statements, message).to.deep.equal([])
    expect(after.unattributable, message).to.deep.equal([expected.unattributable])
    return
  }
  if ('unread' in expected) {
    expect(after.unattributable, message).to.deep.equal([])
    expect(after.statements, message).to.have.length(1)
    const heard = { region: 'unread', userId: expected.unread, path: expected.path, decides: true }
    expect(after.statements[0], message).to.include(heard)
    checkUnknown(spoilt, expected.unread, message)
    return
  }
  const [statement] = after.statements
  if (statement === undefined || after.statements.length > 1) throw new Error(`${message}: not one statement`)
  expect(after.unattributable, message).to.deep.equal([])
  expect(statement.region, message).to.equal(before.statements[0]?.region)
  expect({ says: statement.says, userId: statement.userId }, message).to.deep.equal({
    says: expected.says,
    userId: expected.userId,
  })
  expect(statement.notUnderstood?.path ?? null, message).to.equal(
    expected.notUnderstood ? `object_payload${text(path)}` : null,
  )
  checkFolded(spoilt, expected, path, by, message)
}

/** After the fold, on top of a validation: the status is unknown, and an anomaly says where. */
const checkUnknown = (spoilt: WebhookJson, user: string, message: string): void => {
  const validation = { webhook: 'user.kycreview', object_payload: { users: [{ userId: user, kycReview: '2' }] } }
  const of = { user: user as never }
  const before = storedEvent(validation, { ...of, receivedAt: '2029-01-01T00:00:00Z' })
  const { status, anomalies } = currentStatus(
    fold(of.user, [before, storedEvent({ ...spoilt, webhook_created_at: 2_000_000_000 }, { ...of, revision: 1 })]),
  )
  expect(status, message).to.equal('unknown')
  expect(
    anomalies.map(({ kind }) => kind),
    message,
  ).to.include('unreadable-event')
}

/** The same after the fold: the region is unknown and an anomaly says where, without the value. */
const checkFolded = (
  spoilt: WebhookJson,
  expected: { userId: string; says: string; notUnderstood: boolean },
  path: Path,
  by: unknown,
  message: string,
): void => {
  const event = storedEvent(spoilt, { user: expected.userId as never })
  const state = fold(expected.userId as never, [event])
  const status = currentStatus(state)
  const regions = [
    status.legacy,
    status.lifecycle,
    ...status.documents,
    ...[status.liveness, status.qes, status.videoConference].filter((view) => view !== null),
  ]
  if (expected.says !== 'none')
    expect(
      regions.map(({ state: in_ }) => in_),
      message,
    ).to.include(expected.says)
  if (!expected.notUnderstood) {
    expect(
      state.anomalies.map(({ kind }) => kind),
      message,
    ).not.to.include('unknown-value')
    return
  }
  expect(status.verified, message).to.equal(false)
  const [anomaly] = state.anomalies.filter(({ kind }) => kind === 'unknown-value' || kind === 'payload-contradicts')
  expect(anomaly?.detail, message).to.include(`object_payload${text(path)}`)
  const value = searchable(by)
  if (value !== null) expect(JSON.stringify(state.anomalies), message).not.to.include(value)
}

describe('any one field of a documented webhook, missing or spoilt', () => {
  for (const name of documentedNames) {
    it(`of ${name} changes what it says only where the field decides, and the user only where it names him`, () => {
      const webhook = documentedOfUser(name)
      for (const path of pathsOf(webhook.object_payload)) {
        for (const by of SPOILT) check(webhook, path, by)
      }
    })
  }
})
