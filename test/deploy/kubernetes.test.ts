import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { StatefulSet } from 'kubernetes-types/apps/v1.js'
import type { Container, EnvVar, PodSpec, Probe } from 'kubernetes-types/core/v1.js'
import type { Ingress } from 'kubernetes-types/networking/v1.js'
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js'
import { parseAllDocuments } from 'yaml'
import { newDirectory } from '../support/newDirectory.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const KUBERNETES = join(ROOT, 'deploy/kubernetes')

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
}

/** As Kubernetes reads it: by YAML 1.1, where 0440 is octal. */
const parse = (text: string): readonly Manifest[] =>
  parseAllDocuments(text, { version: '1.1' }).map((document) => {
    expect(document.errors).to.deep.equal([])
    return document.toJS()
  })

/** Where the types of an API group are. */
const moduleOf = (apiVersion: string): string => {
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion]
  return `kubernetes-types/${group.split('.')[0]}/${version}`
}

/** What the compiler says where a manifest has a member that Kubernetes does not know, lacks one, or has one of another type. */
const typeFaults = (manifests: readonly Manifest[]): string => {
  const directory = newDirectory()
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  const lines = manifests.map(
    (manifest, index) =>
      `export const m${index}: import('${moduleOf(manifest.apiVersion)}').${manifest.kind} = ${JSON.stringify(manifest)}`,
  )
  writeFileSync(join(directory, 'manifests.ts'), lines.join('\n'))
  const words = ['--noEmit', '--strict', '--module', 'nodenext', '--skipLibCheck', '--types', '', 'manifests.ts']
  return spawnSync(join(ROOT, 'node_modules/.bin/tsc'), words, { cwd: directory, encoding: 'utf8' }).stdout
}

const FILES = globSync(['base/*.yaml', 'ingress.yaml'], { cwd: KUBERNETES })
  .filter((name) => !name.endsWith('kustomization.yaml'))
  .sort()
const BASE = FILES.flatMap((name) => parse(readFileSync(join(KUBERNETES, name), 'utf8')))

const statefulSetIn = (manifests: readonly Manifest[]): StatefulSet => {
  const [found, ...others] = manifests.filter(({ kind }) => kind === 'StatefulSet')
  expect(others).to.deep.equal([])
  return found as StatefulSet
}
const podIn = (manifests: readonly Manifest[]): PodSpec => statefulSetIn(manifests).spec?.template.spec as PodSpec
const containerIn = (manifests: readonly Manifest[]): Container => podIn(manifests).containers[0] as Container
const variable = (manifests: readonly Manifest[], name: string): EnvVar | undefined =>
  containerIn(manifests).env?.find((one) => one.name === name)

/** What holds of a service however it is set up. */
const expectHardened = (manifests: readonly Manifest[]): void => {
  const pod = podIn(manifests)
  const container = containerIn(manifests)
  expect(pod.containers).to.have.length(1)
  expect(pod.automountServiceAccountToken).to.equal(false)
  expect(pod.securityContext).to.include({ runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 })
  expect(pod.securityContext?.seccompProfile).to.deep.equal({ type: 'RuntimeDefault' })
  expect(container.securityContext).to.deep.equal({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  expect(container.resources?.requests).to.have.all.keys('cpu', 'memory')
  expect(container.resources?.limits).to.have.property('memory')
  for (const { mountPath, readOnly } of container.volumeMounts ?? [])
    expect(readOnly === true, mountPath).to.equal(mountPath === '/etc/kyc-ledger')
}

const expectPatient = (manifests: readonly Manifest[]): void => {
  const container = containerIn(manifests)
  const drainDelay = Number(variable(manifests, 'DRAIN_DELAY')?.value)
  expect(podIn(manifests).terminationGracePeriodSeconds).to.be.greaterThan(drainDelay + 10)
  const longest = ({ periodSeconds = 10, failureThreshold = 3 }: Probe): number => periodSeconds * failureThreshold
  const { startupProbe, readinessProbe, livenessProbe } = container
  expect(readinessProbe?.httpGet?.path).to.equal('/health/ready')
  expect(longest(readinessProbe ?? {})).to.be.lessThan(drainDelay)
  // What it waits for (the event store, a read model that is rebuilt) is no reason to kill it.
  for (const probe of [startupProbe, livenessProbe]) expect(probe?.httpGet?.path).to.equal('/health/live')
  expect(longest(startupProbe ?? {})).to.be.at.least(300)
  expect(longest(livenessProbe ?? {})).to.be.at.least(60)
}

describe('the manifests for Kubernetes', () => {
  it('are of the shapes that Kubernetes knows, down to each member', () => {
    expect(typeFaults(BASE)).to.equal('')
    const misspelt = structuredClone(BASE)
    Object.assign(containerIn(misspelt), { livenesProbe: containerIn(misspelt).livenessProbe })
    expect(typeFaults(misspelt)).to.match(/'livenesProbe' (does not exist|in)|livenesProbe.*does not exist/)
  })

  it('are all in the kustomization but the way from outside', () => {
    const { resources } = parse(readFileSync(join(KUBERNETES, 'base/kustomization.yaml'), 'utf8'))[0] as unknown as {
      resources: readonly string[]
    }
    expect([...resources.map((name) => `base/${name}`), 'ingress.yaml'].sort()).to.deep.equal(FILES)
  })

  it('give the service no more rights than it needs', () => expectHardened(BASE))
  it('give it the time that it needs, to start and to stop', () => expectPatient(BASE))

  it('hold no secret: they are files that are made beforehand', () => {
    expect(BASE.map(({ kind }) => kind)).to.not.include('Secret')
    for (const { name, value = '' } of containerIn(BASE).env ?? []) {
      expect(name).to.not.match(/^(TREEZOR_WEBHOOK_SECRET|API_KEYS)$/)
      if (name.endsWith('_FILE')) expect(value).to.match(/^\/etc\/kyc-ledger\//)
    }
    const [secret] = podIn(BASE).volumes?.filter(({ secret }) => secret !== undefined) ?? []
    expect(secret?.secret?.defaultMode).to.equal(0o440)
    // Each is one that the documented command puts into the secret.
    const made = readFileSync(join(ROOT, 'docs/deploying.md'), 'utf8').match(/generic kyc-ledger --from-file.*/)?.[0]
    const files = (containerIn(BASE).env ?? []).filter(({ name }) => name.endsWith('_FILE'))
    expect(files).to.have.length(3)
    for (const { value = '' } of files) expect(made).to.include(`--from-file=${value.replace('/etc/kyc-ledger/', '')}`)
  })

  it('let the provider in by one path, with bodies that the service has to see, and ask another node for a delivery', () => {
    const ingress = BASE.find(({ kind }) => kind === 'Ingress') as Ingress
    const paths = ingress.spec?.rules?.flatMap(({ http }) => http?.paths ?? []) ?? []
    expect(paths.map(({ path, pathType }) => [path, pathType])).to.deep.equal([['/webhooks/treezor', 'Exact']])
    const annotated = Object.entries(ingress.metadata?.annotations ?? {}).map(([name, value]): [string, string] => [
      name.replace('nginx.ingress.kubernetes.io/', ''),
      value,
    ])
    expect(Object.fromEntries(annotated)).to.include({ 'proxy-body-size': '2m', 'client-body-buffer-size': '2m' })
    expect(Object.fromEntries(annotated)['proxy-next-upstream']).to.match(/\bhttp_503\b.*\bnon_idempotent\b/)
  })

  it('let one node at a time be taken away', () => {
    const spec = BASE.flatMap((one) => (one.kind === 'PodDisruptionBudget' ? [one as PodDisruptionBudget] : []))[0]
      ?.spec
    expect(spec).to.deep.include({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' })
    expect(statefulSetIn(BASE).spec?.updateStrategy).to.deep.equal({ type: 'RollingUpdate' })
    expect(statefulSetIn(BASE).spec?.minReadySeconds).to.be.at.least(10)
  })

  it('set variables that the service reads', () => {
    const documented = readFileSync(join(ROOT, 'docs/api.md'), 'utf8')
    for (const { name } of containerIn(BASE).env ?? []) expect(documented).to.include(`\`${name}\``)
  })

  it('keep what a node has, on a volume of its own', () => {
    const { spec } = statefulSetIn(BASE)
    expect(spec?.volumeClaimTemplates?.map(({ metadata }) => metadata?.name)).to.deep.equal(['data'])
    expect(containerIn(BASE).volumeMounts).to.deep.include({ name: 'data', mountPath: '/data' })
    expect(variable(BASE, 'DATA_DIR')?.value).to.equal('/data')
    expect(spec?.persistentVolumeClaimRetentionPolicy).to.deep.equal({ whenDeleted: 'Retain', whenScaled: 'Retain' })
  })

  it('mean the same pods and the same port everywhere', () => {
    const labels = JSON.stringify({ 'app.kubernetes.io/name': 'kyc-ledger' })
    const text = JSON.stringify(BASE)
    // Services, StatefulSet (itself, its pods, two constraints), budget, policy.
    expect(text.split(labels)).to.have.length(2 + 4 + 1 + 1 + 1)
    expect(containerIn(BASE).ports).to.deep.equal([{ name: 'http', containerPort: 3000 }])
    expect(variable(BASE, 'PORT')?.value).to.equal('3000')
    expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).to.match(/^USER 1000:1000$/m)
  })

  const kubectl = (...words: readonly string[]) =>
    spawnSync('kubectl', ['kustomize', ...words], { cwd: KUBERNETES, encoding: 'utf8' })
  const rendered = kubectl('base')
  if (rendered.error !== undefined)
    console.log('kubectl is not installed: what kustomize makes of the manifests is not tested')
  else
    it('become what is meant by kustomize: with EventStoreDB, and with one node and its own log', () => {
      const base = parse(rendered.stdout)
      const embedded = parse(kubectl('embedded').stdout)
      expect(typeFaults([...base, ...embedded])).to.equal('')
      for (const manifests of [base, embedded]) {
        expectHardened(manifests)
        expectPatient(manifests)
      }
      expect(embedded.map(({ kind }) => kind)).to.not.include('PodDisruptionBudget')
      const { spec } = statefulSetIn(embedded)
      expect(spec?.replicas).to.equal(1)
      expect(variable(embedded, 'EVENT_STORE')).to.deep.equal({ name: 'EVENT_STORE', value: 'sqlite:/data/events.db' })
      expect(spec?.volumeClaimTemplates?.map(({ metadata }) => metadata?.name)).to.deep.equal(['data', 'backup'])
      expect(containerIn(embedded).volumeMounts?.map(({ mountPath }) => mountPath)).to.have.members([
        '/backup',
        '/data',
        '/etc/kyc-ledger',
        '/tmp',
      ])
    })
})
