import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { STATUSES } from '../../domain/answer/status.ts'
import { ANOMALY_KINDS } from '../../domain/state/anomaly.ts'

const API = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')

/** What stands under a heading, up to the next one. */
const section = (heading: string): string => {
  const from = API.indexOf(`\n### ${heading}\n`)
  const until = API.indexOf('\n##', from + 1)
  return API.slice(from, until === -1 ? undefined : until)
}

describe('the documentation of the API', () => {
  it('names every kind of anomaly, once, and no other', () => {
    const rows = [...section('Anomalies').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, kind]) => kind)
    expect(rows.toSorted()).to.deep.equal([...ANOMALY_KINDS, 'late-event'].toSorted())
  })

  it('names every status', () => {
    for (const status of STATUSES) expect(section('The status')).to.include(`\`${status}\``)
  })
})
