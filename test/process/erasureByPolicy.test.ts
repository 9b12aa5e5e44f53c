import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { asked, deliverIn2019, endedLife, filesWith, KEYS, personOf, withPolicy } from '../support/erasures/erasing.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { expectProblem, okText } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere } from '../support/service/service.ts'
import { at, document, newUser, request, signed, type WebhookFields } from '../support/webhooks/webhookBuilders.ts'

const IN_2019 = { createdAt: at('2019-05-02T00:00:00Z') }

/** A document that names no user, with a text of a person. */
const ofNobody = (documentId: string, more: object = {}): WebhookFields =>
  document('update', '1XXXXXX', IN_2019, { documentId, fileName: `of-${documentId}`, ...more })

describe('what is due', () => {
  const directory = newDirectory()
  const [anna, bert] = [newUser(), newUser()]
  const owned = '811'
  const env = withPolicy({ automatic: true })
  let service: OwnService

  const unattributed = async (): Promise<readonly number[]> => {
    const { events } = JSON.parse(await okText(await asked(service, 'auditor', '/unattributed/events'))) as {
      readonly events: readonly { readonly revision: number }[]
    }
    return events.map(({ revision }) => revision)
  }

  before(async () => {
    await deliverIn2019(directory, [
      ...endedLife(anna),
      request(bert, IN_2019),
      document('create', bert, IN_2019, { documentId: owned }),
      ofNobody('801'),
      ofNobody('802'),
      ofNobody(owned),
      ofNobody('803'),
    ])
    expect(filesWith(directory, ['of-801'])).to.not.be.empty
    // By a clock that is years ahead of the log nothing goes by itself for a day.
    service = await readyHere(directory, env)
    await eventually('it says so', () =>
      service.stdout().includes('the policy erases nothing by itself for now') ? true : null,
    )
    await okText(await asked(service, 'shop', `/users/${anna}/kyc`))
    await service.deliver(request(newUser()))
    await service.stop()
    rmSync(join(directory, 'clock-doubted'))
    service = await readyHere(directory, env)
  })
  after(() => service.stop())

  it('goes by itself where the policy says so: users, and events of nobody up to one that somebody hears', async () => {
    await eventually('410', async () => {
      const response = await asked(service, 'shop', `/users/${anna}/kyc`)
      if (response.status !== 410) return null
      await expectProblem(response, 410, 'user-erased')
      return true
    })
    await eventually('the first two are gone', async () => ((await unattributed())[0] === 2 ? true : null))
    expect(await unattributed()).to.deep.equal([2, 3])
    const gone = [...Object.values(personOf(anna)), 'of-801', 'of-802']
    await eventually('nothing is left', () => (filesWith(directory, gone).length === 0 ? true : null))
    const bertNow = await okText(await asked(service, 'shop', `/users/${bert}/kyc`))
    expect(JSON.parse(bertNow).anomalies.map(({ kind }: { readonly kind: string }) => kind)).to.not.include(
      'history-removed',
    )
    const nobodys = await okText(await asked(service, 'shop', '/users?anomaly=user-unknown'))
    expect(JSON.parse(nobodys).events.map(({ revision }: { readonly revision: number }) => revision)).to.deep.equal([3])
  })

  it('leaves a stream of nobody that goes on where it stood, and knows what it holds', async () => {
    // From here on nothing goes by itself.
    await service.stop()
    service = await readyHere(directory, withPolicy())
    const again = ofNobody('804')
    for (const outcome of ['appended', 'duplicate']) {
      const taken = (await (await service.post(signed(again))).json()) as {
        outcome: string
        events: { revision: number }[]
      }
      expect([taken.outcome, taken.events[0]?.revision]).to.deep.equal([outcome, 4])
    }
    // It is no echo of what was erased: the stream is known to be whole from where it begins.
    const { events } = JSON.parse(await okText(await asked(service, 'auditor', '/unattributed/events')))
    expect(events.at(-1)).to.deep.include({ revision: 4 })
    expect(events.at(-1).metadata.echoOf).to.equal(null)
    const replayed = await kycHere(directory, ['replay', '--dry-run'], env)
    expect(replayed.stdout, replayed.stderr).to.include('the rebuilt read model is the same, row by row')
    const verified = await kycHere(directory, ['verify'], KEYS)
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0)
  })

  it('is asked for, confirmed and looked after by the command', async () => {
    const keyFile = (name: string): string => {
      const file = join(newDirectory(), 'key')
      writeFileSync(file, `${name}\n`)
      return file
    }
    const erase = async (key: string, ...words: readonly string[]) =>
      kycHere(directory, ['erase', ...words, '--url', service.url, '--key-file', keyFile(key)])
    const nothing = await erase('legal', '--due', '--reason', 'over')
    expect([nothing.code, nothing.stdout], nothing.stderr).to.satisfy(
      ([code, told]: [number, string]) => code === 0 && told.startsWith('nothing is asked for: nothing is due'),
    )
    const refused = await erase('legal', '--user', bert, '--reason', 'over')
    expect([refused.code, refused.stderr], refused.stdout).to.satisfy(
      ([code, told]: [number, string]) => code === 1 && told.includes('the relationship has not ended'),
    )
    const ordered = await erase('legal', '--user', bert, '--reason', 'over', '--authority', 'an order')
    expect(ordered.code, ordered.stderr).to.equal(0)
    const number = /^erasure (\d+) is requested/.exec(ordered.stdout)?.[1] ?? ''
    const same = await erase('legal', '--user', bert, '--confirm', number)
    expect([same.code, same.stderr.includes('another key')]).to.deep.equal([1, true])
    const confirmed = await erase('judge', '--user', bert, '--confirm', number)
    expect([confirmed.code, confirmed.stdout], confirmed.stderr).to.deep.equal([0, `erasure ${number} is confirmed\n`])
    // Nobody hears the event of his document any more: it goes with the next that are due.
    await eventually('410', async () =>
      (await asked(service, 'shop', `/users/${bert}/kyc`)).status === 410 ? true : null,
    )
    const due = await erase('legal', '--due', '--reason', 'over')
    expect(due.stdout, due.stderr).to.match(/^asked for: 1 \(\d+\); somebody else confirms/)
    const all = await erase('judge', '--due', '--confirm')
    expect(all.stdout, all.stderr).to.match(/^confirmed: 1 \(\d+\)\n$/)
    const again = await erase('judge', '--due', '--confirm')
    expect(again.stdout, again.stderr).to.match(/^nothing is confirmed: /)
    await eventually('all of 2019 is gone', async () => ((await unattributed())[0] === 4 ? true : null))
    const left = await eventually('nothing is shown', async () => {
      const looked = await kycHere(directory, ['erase', '--verify'])
      return looked.code === 0 ? looked : null
    })
    expect(left.stdout).to.match(/^2 users and \d+ events were erased: the event store shows nothing of them\n$/)
    expect((await kycHere(directory, ['erase', '--due'])).code).to.equal(2)
  })
})
