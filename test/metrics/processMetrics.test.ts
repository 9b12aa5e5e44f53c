import { expect } from 'chai'
import { scraping } from '../../src/metrics/processMetrics.ts'
import { Registry } from '../../src/metrics/prometheus.ts'

describe('metrics of the process', () => {
  it('are told from the first scrape on, with what was used before it', async () => {
    const before = process.cpuUsage()
    const scrape = scraping(new Registry())
    const seconds = async (which: string): Promise<number> =>
      Number(new RegExp(`^process_cpu_${which}seconds_total ([\\d.]+)$`, 'm').exec(await scrape())?.[1])
    const first = await seconds('')
    expect(first).to.be.at.least((before.user + before.system) / 1e6 - 1e-6)
    expect(await seconds('')).to.be.at.least(first)
    for (const which of ['user', 'system'] as const) {
      const told = await seconds(`${which}_`)
      expect(told, which).to.be.within(before[which] / 1e6 - 1e-6, process.cpuUsage()[which] / 1e6 + 1e-6)
    }
  })
})
