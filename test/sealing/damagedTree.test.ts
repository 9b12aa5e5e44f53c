import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { writeLargeLog } from '../support/logs/largeLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { readyHere } from '../support/service/service.ts'

describe('damage to the tree of a running service', () => {
  it('is answered as such, and the tree made anew out of the log', async () => {
    const directory = newDirectory()
    await writeLargeLog(directory, 80, 4)
    const service = await readyHere(directory, { SEAL_EVERY: '1' })
    const sealed = await eventually('a checkpoint of all events', async () => {
      const checkpoint = await (await service.get('/checkpoint')).text()
      return Number(checkpoint.split('\n')[1]) >= 320 ? checkpoint : null
    })
    const file = join(directory, 'tree/tile/0/000')
    const sound = readFileSync(file)
    const damaged = Buffer.from(sound)
    damaged[100] = (damaged[100] as number) ^ 1
    writeFileSync(file, damaged)
    const refused = await service.get('/tile/0/000')
    expect([refused.status, await refused.json()]).to.deep.include(503)
    const tile = await eventually('the tree made anew', async () => {
      const answer = await service.get('/tile/0/000')
      return answer.ok ? Buffer.from(await answer.arrayBuffer()) : null
    })
    expect(tile.equals(sound)).to.equal(true)
    expect(readFileSync(file).equals(sound)).to.equal(true)
    // Nothing was sealed that had not grown.
    expect(await (await service.get('/checkpoint')).text()).to.equal(sealed)
    await service.stop()
    expect(service.stdout()).to.include("the files of the log's tree are damaged")
  })
})
