import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { expect } from 'chai'
import { type Answering, answering } from '../support/attestation/answering.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { type Service, startService } from '../support/service/service.ts'
import { newTrace } from '../support/tracing/tracedService.ts'
import { badlySigned, newUser, request, signed } from '../support/webhooks/webhookBuilders.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const EXAMPLE = `${ROOT}deploy/tracing/otlp.mjs`

interface Sent {
  readonly path: string
  readonly key: string | undefined
  readonly body: {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: object }[] }
      readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string; readonly traceId: string }[] }[]
    }[]
  }
}

describe('the example that sends spans to a collector', () => {
  const sent: Sent[] = []
  let collector: Answering
  before(async () => {
    collector = await answering(async (req, res) => {
      const body = (await json(req)) as Sent['body']
      sent.push({ path: String(req.url), key: req.headers['x-key'] as string | undefined, body })
      res.setHeader('Content-Type', 'application/json').end('{}')
    })
  })

  const started = async (more: Record<string, string> = {}): Promise<Service> => {
    sent.length = 0
    const service = await startService(newDirectory(), {
      NODE_OPTIONS: `--import=${EXAMPLE}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=of-the-collector',
      ...more,
    })
    await service.ready()
    return service
  }
  const spans = () =>
    sent.flatMap(({ body }) => body.resourceSpans.flatMap((of) => of.scopeSpans.flatMap((scope) => scope.spans)))

  it('sends them, the last ones before the service ends', async () => {
    const service = await started({
      OTEL_SERVICE_NAME: 'kyc',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    })
    const { traceId, headers } = newTrace()
    await service.post(signed(request(newUser())), headers)
    expect(await service.stop()).to.deep.equal({ code: 0, signal: null })
    expect(service.stdout()).to.include('spans are made')
    expect(service.stderr()).to.equal('')
    expect(new Set(sent.map(({ path, key }) => `${path} ${key}`))).to.deep.equal(
      new Set(['/v1/traces of-the-collector']),
    )
    const names = spans()
      .filter((span) => span.traceId === traceId)
      .map(({ name }) => name)
    expect(names.toSorted()).to.deep.equal(['POST /webhooks/treezor', 'append', 'decide', 'project', 'verify'])
    const of = (key: string) =>
      sent[0]?.body.resourceSpans[0]?.resource.attributes.find((one) => one.key === key)?.value
    expect(of('service.name')).to.deep.equal({ stringValue: 'kyc' })
    expect(of('deployment.environment.name')).to.deep.equal({ stringValue: 'test' })
  })

  it('keeps what a caller with a key says is sampled, and of deliveries none by what they say; that it is gone holds up no end', async () => {
    const service = await started({ OTEL_TRACES_SAMPLER_ARG: '0' })
    const { headers, traceId } = newTrace()
    for (const path of ['/webhooks/treezor', '/Webhooks/TREEZOR/?a=/users', `${service.url}/webhooks/treezor`]) {
      const { port } = new URL(service.url)
      const asked = httpRequest({ port, host: '127.0.0.1', path, method: 'POST', headers: newTrace().headers })
      asked.end(badlySigned(request(newUser())))
      const [{ statusCode }] = (await once(asked, 'response')) as [IncomingMessage]
      expect(statusCode, path).to.equal(503)
    }
    await (await service.get('/users')).text()
    await (await service.get('/users', headers)).text()
    await untilTrue('a span', () => sent.length > 0)
    expect(spans().map((span) => span.traceId)).to.deep.equal([traceId])
    await collector.close()
    await (await service.get('/users', newTrace().headers)).text()
    expect(await service.stop()).to.deep.equal({ code: 0, signal: null })
  })

  it('needs the packages that its folder names, in the versions that it is tried with here, and by the document', () => {
    const json = (file: string) => JSON.parse(readFileSync(`${ROOT}${file}`, 'utf8'))
    const { packages } = json('package-lock.json') as {
      readonly packages: Record<string, { readonly version: string }>
    }
    const { dependencies } = json('deploy/tracing/package.json') as { readonly dependencies: Record<string, string> }
    const needed = readFileSync(EXAMPLE, 'utf8').matchAll(/from '(@opentelemetry\/[a-z-]+)'/g)
    const tried = [...needed].map(([, name = '']) => [name, packages[`node_modules/${name}`]?.version])
    expect(dependencies).to.deep.equal(Object.fromEntries(tried))
    const document = readFileSync(`${ROOT}docs/monitoring.md`, 'utf8')
    for (const name of ['sdk-trace', 'exporter-trace-otlp-http', 'api'])
      expect(document).to.include(` ${dependencies[`@opentelemetry/${name}`]}`)
  })
})
