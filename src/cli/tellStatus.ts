import type { UserId } from '../../domain/identifiers.ts'
import { printable } from '../webhooks/printable.ts'
import { keyHeaders } from './askService.ts'
import { tellRefusal } from './tellRefusal.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** As much of the status as is told. */
interface Status {
  readonly status: string
  readonly verified: boolean
  readonly liveness: { readonly state: string } | null
  readonly qes: { readonly state: string } | null
  readonly videoConference: { readonly state: string } | null
}

const told = ({ status, verified, liveness, qes, videoConference }: Status): string => {
  const identifications = Object.entries({ liveness, QES: qes, 'video conference': videoConference })
    .flatMap(([name, of]) => (of === null ? [] : [`${name} ${of.state}`]))
    .join(', ')
  return `${status}${verified ? ', verified' : ''}${identifications === '' ? '' : ` (${identifications})`}`
}

/** The status of a user by the service at this address, once it counts the event at that position, or why it is not told; in one line. */
export const tellStatus = async (
  service: string,
  userId: UserId,
  position: string,
  environment: Environment,
): Promise<string> => {
  try {
    const address = `${service}/users/${userId}/kyc?minPosition=${encodeURIComponent(position)}`
    const response = await fetch(address, { headers: keyHeaders(environment), redirect: 'manual' })
    const text = await response.text()
    if (response.status === 401) return 'not told: set KYC_API_KEY'
    return response.ok ? printable(told(JSON.parse(text))) : `not told: ${tellRefusal(response.status, text)}`
  } catch {
    return 'not told: the service does not answer'
  }
}
