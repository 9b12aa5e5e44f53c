import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { keptBackups, keptIn } from '../../src/backup/kept/kept.ts'
import { alteredFiles, backupAt } from '../../src/backup/manifest.ts'
import { prepareLog } from '../support/logs/preparedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually, untilTrue } from '../support/patience.ts'
import { okText } from '../support/service/answers.ts'
import { type OwnService, serveHere, startService } from '../support/service/service.ts'
import { newUser, request } from '../support/webhooks/webhookBuilders.ts'

const scheduled = (directory: string) => ({
  BACKUP_EVERY: 'PT2S',
  BACKUP_DIR: directory,
  BACKUP_KEEP: '1',
  SEAL_EVERY: '1',
})

const metric = async (service: OwnService, name: string): Promise<number> => {
  const text = await okText(await service.get('/metrics'))
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1))
}

const logIdOf = (service: OwnService): Promise<string> =>
  eventually('the log is joined', () => /"logId":"([0-9a-f-]{36})"/.exec(service.stdout())?.[1] ?? null)

/** What lies in a directory that is not a good backup of the log. */
const others = (directory: string, logId: string): readonly string[] => {
  const good = keptBackups(directory, logId).filter((one) => one.good !== null)
  return readdirSync(directory).filter((name) => !good.some(({ path }) => path.endsWith(name)))
}

describe('the schedule of backups', () => {
  it('makes them and keeps the newest, touches nothing else, and outlives a directory that is away', async () => {
    const to = newDirectory()
    const service = await serveHere(newDirectory(), scheduled(to))
    const logId = await logIdOf(service)
    const foreign = ['something', `kyc-${logId}-20260101T000000Z`, 'kyc-other-20260101T000000Z']
    for (const name of foreign) mkdirSync(join(to, name))
    await service.deliver(request(newUser()))
    const first = await eventually('a good backup', () => keptIn(to, logId).newest)
    await untilTrue('an older one has gone', () => {
      const { newest, count } = keptIn(to, logId)
      return count === 1 && (newest?.madeAt ?? 0) > first.madeAt
    })
    expect(readdirSync(to)).to.include.members(foreign)
    expect(await metric(service, 'kyc_backup_period_seconds')).to.equal(2)
    await untilTrue(
      'that is told',
      async () => (await metric(service, 'kyc_backup_last_success_timestamp_seconds')) > first.madeAt,
    )
    expect(await metric(service, 'kyc_backup_last_size_bytes')).to.be.greaterThan(10_000)

    const page = await (await service.get('/health', { accept: 'text/html' })).text()
    expect(page).to.match(/Newest that was verified<\/dt><dd>made <time/)

    const away = `${to}-away`
    renameSync(to, away)
    const missing = 'kyc_backup_failures_total{reason="directory-missing"}'
    await untilTrue('that it is away is counted', async () => (await metric(service, missing)) > 0)
    expect((await service.get('/health/ready')).status).to.equal(200)
    expect((await service.deliver(request(newUser()))).outcome).to.equal('appended')
    await service.says('there is no good backup: it is tried again')
    const before = keptIn(away, logId).newest?.madeAt ?? 0
    renameSync(away, to)
    await untilTrue('there is one again', () => (keptIn(to, logId).newest?.madeAt ?? 0) > before)
    await service.stop()
    expect(readdirSync(to)).to.include.members(foreign)
    expect(readdirSync(to).filter((name) => /\.(unfinished|verifying)$/.test(name))).to.deep.equal([])
  })

  it('counts nothing that was half done when it was killed, and tidies up after that', async () => {
    const [directory, to] = [newDirectory(), newDirectory()]
    await prepareLog(directory, 50, 2)
    const service = await startService(directory, scheduled(to))
    const logId = await logIdOf(service)
    await untilTrue('one is being made', () => readdirSync(to).some((name) => /\.(unfinished|verifying)$/.test(name)))
    await service.kill()
    for (const { path, good } of keptBackups(to, logId)) {
      if (good !== null) expect(alteredFiles(backupAt(path))).to.deep.equal([])
    }
    writeFileSync(join(to, 'notes.txt'), 'mine')

    const next = await serveHere(directory, scheduled(to))
    await untilTrue('a good one is made', async () => (await metric(next, 'kyc_backup_kept')) > 0)
    await untilTrue('nothing else is left', () => others(to, logId).join() === 'notes.txt')
    await next.stop()
    expect(readFileSync(join(to, 'notes.txt'), 'utf8')).to.equal('mine')
  })
})
