import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect } from 'chai'
import type { Media, Operation } from '../../../src/http/description/openApi.ts'
import { DOCUMENT } from '../../../src/http/openapi/document.ts'
import { PROBLEMS } from '../../../src/http/problemKinds.ts'
import { checkBody, checkHead } from '../../support/description/checkAnswer.ts'
import { faultIn } from '../../support/description/validators.ts'

const operations = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ pointer: ['paths', path, method], operation })),
)

/** All that has a schema and an example beside it, with its place. */
const examples = operations.flatMap(({ pointer, operation }: { pointer: string[]; operation: Operation }) => {
  const media = (place: readonly string[], content: Readonly<Record<string, Media>> = {}) =>
    Object.entries(content).map(([type, { example }]) => ({ pointer: [...pointer, ...place, type], example }))
  return [
    ...Object.entries(operation.responses).flatMap(([status, answer]) =>
      '$ref' in answer ? [] : media(['responses', status, 'content'], answer.content),
    ),
    ...media(['requestBody', 'content'], operation.requestBody?.content),
    ...operation.parameters.map(({ example }, index) => ({
      pointer: [...pointer, 'parameters', String(index)],
      example,
    })),
  ]
})

const refsIn = (value: unknown): readonly string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, member]) =>
        name === '$ref' && typeof member === 'string' ? [member] : refsIn(member),
      )

describe('the description of the API', () => {
  it('is one by the schema of OpenAPI 3.1', async () => {
    const plain = (): Record<string, unknown> => JSON.parse(JSON.stringify(DOCUMENT))
    const validator = new Validator()
    const { valid, errors } = await validator.validate(plain())
    expect(valid, JSON.stringify(errors)).to.equal(true)
    expect(validator.version).to.equal('3.1')
    expect((await validator.validate({ ...plain(), info: {} })).valid).to.equal(false)
  })
})

/** What a path that has no description of its own answers. */
const OF_NO_PATH = ['method-not-allowed']

describe('the description and docs/api.md', () => {
  const API = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8')

  it('know the same paths', () => {
    for (const path of Object.keys(DOCUMENT.paths)) {
      expect(API).to.include(path.replace('{path}', '').replace(/{(?:erasure|release)}/, '{n}'))
    }
  })

  it('know the same kinds of problems', () => {
    const described = new Set(JSON.stringify(DOCUMENT).match(/(?<="\/problems\/)[a-z-]+(?=")/g))
    expect([...described, ...OF_NO_PATH].toSorted()).to.deep.equal(Object.keys(PROBLEMS).toSorted())
  })
})

describe('the examples of the description', () => {
  it('are what their schemas say, and no member more', () => {
    const given = examples.filter(({ example }) => example !== undefined)
    expect(given.length).to.be.greaterThan(20)
    for (const { pointer, example } of given) {
      expect(faultIn([...pointer, 'schema'], example), pointer.join(' ')).to.equal(null)
    }
  })

  it('stand beside every JSON that is answered with 200 or 201', () => {
    const without = examples.filter(
      ({ pointer, example }) =>
        example === undefined && pointer.at(-1) === 'application/json' && pointer.includes('responses'),
    )
    expect(without.map(({ pointer }) => pointer[1])).to.deep.equal(['/openapi.json'])
  })
})

describe('the parts of the description', () => {
  it('are there wherever they are named, and are named wherever they are there', () => {
    const refs = new Set(refsIn(DOCUMENT))
    const parts = (['schemas', 'headers', 'responses'] as const).flatMap((kind) =>
      Object.keys(DOCUMENT.components[kind]).map((name) => `#/components/${kind}/${name}`),
    )
    expect([...refs].toSorted()).to.deep.equal(parts.toSorted())
  })

  it('have a tag for each operation', () => {
    const tags = operations.flatMap(({ operation }) => operation.tags)
    expect([...new Set(tags)].toSorted()).to.deep.equal(DOCUMENT.tags.map(({ name }) => name).toSorted())
  })
})

describe('an answer that a test receives', () => {
  const headers: Readonly<Record<string, string>> = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }
  const head = (pathname: string, status: number, changed: Readonly<Record<string, string | null>> = {}) =>
    checkHead({
      method: 'GET',
      pathname,
      status,
      header: (name) => ({ ...headers, ...changed })[name.toLowerCase()] ?? null,
    })

  it('is one of those that are described', () => {
    expect(head('/health/live', 200)).to.deep.include({ faults: [], seen: 'GET /health/live 200' })
    expect(head('/health/live', 201).faults).to.deep.equal(['201 is not described'])
    const kept = { 'cache-control': 'private, no-cache' }
    expect(head('/users/7/kyc', 200, kept).faults).to.deep.equal(['no Kyc-Meaning', 'no Kyc-Corrections', 'no ETag'])
    expect(head('/nowhere', 200).faults).to.deep.equal(['no problem document: application/json; charset=utf-8'])
  })

  it('has the type and the headers that are described', () => {
    expect(head('/health/live', 200, { 'content-type': 'text/plain' }).faults).to.deep.equal([
      'text/plain is not described',
    ])
    expect(head('/health/live', 200, { 'referrer-policy': null }).faults).to.include('no Referrer-Policy')
    expect(head('/health/live', 200, { 'cache-control': 'public' }).faults).to.have.length(1)
  })

  it('holds what is described, in each line and each live event, and nothing else', () => {
    const { body } = head('/health/live', 200)
    if (body === null) throw new Error('it has a body')
    expect(checkBody(body, '{"status":"live"}')).to.equal(null)
    expect(checkBody(body, '{"status":"dead"}')).to.be.a('string')
    expect(checkBody(body, '{"status":"live","name":"Anna"}')).to.be.a('string')
    expect(checkBody(body, '{"type":"/problems/unknown-user","title":"","status":404,"detail":""}')).to.be.a('string')
    const { body: lines } = head('/access', 200, { 'content-type': 'application/x-ndjson' })
    if (lines === null) throw new Error('it has lines')
    const line = '{"eventId":"x","revision":0,"position":"1","unreadable":true}\n'
    expect(checkBody(lines, line + line)).to.equal(null)
    expect(checkBody(lines, line + line.replace('"x"', '7'))).to.be.a('string')
    const { body: live } = head('/changes', 200, { 'content-type': 'text/event-stream' })
    if (live === null) throw new Error('it has events')
    const data = { status: 'erased', verified: false, since: null, position: '1' }
    const change = {
      specversion: '1.0',
      id: '1',
      source: '/kyc-ledger/x',
      type: 'kyc-ledger.status-changed',
      subject: '7',
    }
    const event = JSON.stringify({ ...change, datacontenttype: 'application/json', data })
    expect(checkBody(live, `:\n\nid: 1\ndata: ${event}\n\n`)).to.equal(null)
    expect(checkBody(live, `data: ${event.replace('"7"', '"Anna"')}\n\n`)).to.be.a('string')
  })

  it('may be a problem that any path answers with, as it is described once', () => {
    const problem = { 'content-type': 'application/problem+json' }
    const { body, ...head503 } = head('/health/live', 503, problem)
    expect(head503).to.deep.equal({ faults: [], seen: null })
    if (body === null) throw new Error('it has a body')
    const text = (kind: string): string =>
      JSON.stringify({ type: `/problems/${kind}`, title: '', status: 503, detail: '' })
    expect(checkBody(body, text('event-store-unreachable'))).to.equal(null)
    expect(checkBody(body, text('not-sealed'))).to.be.a('string')
    expect(head('/health/ready', 503, problem).faults).to.deep.equal(['application/problem+json is not described'])
    const withCharset = { 'content-type': 'application/problem+json; charset=utf-8' }
    expect(head('/health/live', 503, withCharset).faults).to.deep.equal(['a problem whose type has parameters'])
  })
})
