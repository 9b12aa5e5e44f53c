import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { ANOMALY_KINDS } from '../../domain/state/anomaly.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { type Service, startService } from '../support/service/service.ts'
import { documentedNames } from '../support/webhooks/documentedWebhooks.ts'
import {
  badlySigned,
  but,
  fixture,
  newUser,
  signed,
  unsigned,
  type WebhookFields,
} from '../support/webhooks/webhookBuilders.ts'

/** The members of the documented payloads that are about the person. */
const PERSONAL = new Set([
  'title',
  'firstname',
  'lastname',
  'middleNames',
  'birthday',
  'email',
  'address1',
  'address2',
  'address3',
  'postcode',
  'city',
  'state',
  'phone',
  'mobile',
  'placeOfBirth',
  'occupation',
  'legalName',
  'taxNumber',
  'userTag',
  'kycReviewComment',
  'comment',
  'userFirstname',
  'userLastname',
  'name',
  'documentTag',
  'first-name',
  'last-name',
  'birth-date',
  'birthplace',
  'issuing-place',
  'issuingPlace',
])

/** Each value under a personal name, wherever it stands. */
const personalValues = (value: unknown, key = ''): readonly string[] => {
  if (typeof value === 'string') return PERSONAL.has(key) && value.length > 2 ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => personalValues(inner, name))
}

/** The same payload with a mark in place of every personal value, so that no part of it can be there by chance. */
const marked = (value: unknown, key = ''): unknown => {
  if (typeof value === 'string') return PERSONAL.has(key) ? `personal ${key} Élodie` : value
  if (Array.isArray(value)) return value.map((inner) => marked(inner))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, marked(inner, name)]))
}

const withUser = (webhook: WebhookFields, userId: string): WebhookFields =>
  but(webhook, { payloadText: webhook.payloadText.replace(/"userId":"?[0-9X]+"?/, `"userId":"${userId}"`) })

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

describe('personal data', () => {
  const documented = documentedNames.map(fixture)
  const marks = documented.map((webhook) =>
    but(webhook, { payloadText: JSON.stringify(marked(JSON.parse(webhook.payloadText))) }),
  )
  const values = [...new Set(documented.flatMap(({ payloadText }) => personalValues(JSON.parse(payloadText))))]

  /** Everything that must be free of it, by where it was found. */
  const seen = new Map<string, string>()
  const note = (where: string, text: string): void => {
    seen.set(where, (seen.get(where) ?? '') + text)
  }
  let service: Service

  const post = async (body: string, headers: Record<string, string> = {}): Promise<void> => {
    const response = await service.post(body, headers)
    note(response.status === 200 ? 'answers' : 'problems', await response.text())
  }

  before(async () => {
    const directory = newDirectory()
    service = await startService(directory, { LOG_LEVEL: 'trace' })
    const ofUsers = new Set(['6461762', '1', '4137216', '2440234', '100196123'])
    for (const webhook of [...documented, ...marks]) {
      const userId = newUser()
      ofUsers.add(userId)
      for (const one of [webhook, withUser(webhook, userId)]) {
        await post(signed(one))
        await post(signed(one))
        await post(signed(but(one, { id: 'another', createdAt: 12 })))
        await post(badlySigned(one))
        await post(unsigned(one))
      }
      await post(webhook.payloadText)
      await post(signed(webhook).slice(0, -20))
      await post(signed(webhook) + ' '.repeat(1024 * 1024))
      await post(signed(webhook), { 'content-encoding': 'gzip' })
      await post(signed(but(webhook, { payloadText: `[${webhook.payloadText}]` })))
      await post(signed(but(webhook, { payloadText: webhook.payloadText.replace(/"(userId|user_id)"/, '"nobody"') })))
    }
    await service.ready()
    for (const userId of ofUsers) {
      const response = await service.get(`/users/${userId}/kyc`)
      note(response.status === 200 ? 'statuses' : 'problems', await response.text())
      const history = await service.get(`/users/${userId}/kyc/history?limit=1000`)
      note(history.status === 200 ? 'histories' : 'problems', await history.text())
      const page = await service.get(`/users/${userId}?events=1000`, { accept: 'text/html' })
      note(page.status === 200 ? 'pages' : 'problems', await page.text())
    }
    for (const filter of ['', ...ANOMALY_KINDS.map((kind) => `anomaly=${kind}&`)]) {
      note('lists', await (await service.get(`/users?${filter}limit=1000`)).text())
    }
    for (const path of ['/', '/users', '/anomalies', '/deliveries?limit=1000', '/health']) {
      const page = await service.get(path, { accept: 'text/html' })
      note(page.status === 200 ? 'pages' : 'problems', await page.text())
    }
    for (const path of ['/changes', '/deliveries?limit=1000', '/metrics', '/health/live', '/health/ready']) {
      note(path, await (await service.get(path)).text())
    }
    await service.stop()
    const readModel = new Database(join(directory, 'read-model.db'), { readonly: true })
    for (const table of readModel
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .pluck()
      .all()) {
      note(
        'tables of the read model',
        `${table}: ${JSON.stringify(readModel.prepare(`SELECT * FROM "${table}"`).all())}\n`,
      )
    }
    readModel.close()
    note('stdout', service.stdout())
    note('stderr', service.stderr())
  })

  it('is in the documented webhooks that were sent: this test would see it', () => {
    expect(documented).to.have.length(19)
    expect(values).to.include.members(['Oak', 'a.oak@example.com', '1989-00-00', '12 Willow Lane', 'Perin', 'foo'])
    expect(values.length).to.be.greaterThan(20)
    expect(seen.get('problems')).to.include('"status":503')
    expect(seen.get('statuses')).to.include('"status":"validated"')
    expect(seen.get('histories')).to.include('"status":"validated"')
    expect(seen.get('pages')).to.include('not verified').and.to.include('Validated by')
    expect(seen.get('pages')).to.include('>not-json<').and.to.include('Events of nobody')
    expect(seen.get('/changes')).to.include('"status":"validated"')
    expect(seen.get('/deliveries?limit=1000')).to.include('"reason":"signature"')
    expect(seen.get('lists')).to.include('"kind":"user-unknown"')
    expect(seen.get('tables of the read model'))
      .to.match(/^kyc_status: \[\{/m)
      .and.to.match(/^reading: \[\{/m)
    expect(seen.get('stdout')).to.include('"level":40')
    expect(seen.get('/metrics')).to.match(/kyc_deliveries_total\{outcome="Appended"\} [1-9]/)
  })

  for (const where of [
    'stdout',
    'stderr',
    'problems',
    'answers',
    'statuses',
    'histories',
    'pages',
    'lists',
    'tables of the read model',
    '/changes',
    '/deliveries?limit=1000',
    '/metrics',
    '/health/ready',
  ]) {
    it(`is in none of the ${where}`, () => {
      const text = seen.get(where)
      expect(text).to.be.a('string')
      const found = values.filter((value) => new RegExp(`(?<![\\w-])${escaped(value)}(?![\\w-])`).test(text ?? ''))
      expect(found).to.deep.equal([])
      expect(text).to.not.include('personal ')
      expect(text).to.not.match(/lodie/)
    })
  }

  it('leaves standard error empty, whatever was sent', () => {
    expect(seen.get('stderr')).to.equal('')
  })
})
