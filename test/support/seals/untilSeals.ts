import { eventually } from '../patience.ts'
import type { OwnService } from '../service/service.ts'

type Asked = Pick<OwnService, 'get'>

/** What a service says of its readiness, ready or not. */
export const readinessOf = async ({ get }: Asked): Promise<Record<string, unknown>> =>
  (await (await get('/health/ready')).json()) as Record<string, unknown>

/** Waits until a service says this of its seals; gives all that it says then. */
export const untilSeals = (service: Asked, state: string): Promise<Record<string, unknown>> =>
  eventually(`seals ${state}`, async () => {
    const now = await readinessOf(service)
    return now['seals'] === state ? now : null
  })
