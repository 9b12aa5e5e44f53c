import type { Schemas } from '../description/openApi.ts'
import { list, object, oneOfTexts, orNull, ref, stateOf, text, time, yesOrNo } from '../description/schemas.ts'

const REGION = oneOfTexts(['legacy', 'lifecycle'])
const GROUND = oneOfTexts(
  ['observation', 'two-persons'],
  'What it rests on beside the signed event: that the provider confirmed it when it was asked, or two persons.',
)

const observed: Schemas = {
  source: { const: 'treezor-api' },
  known: yesOrNo('Whether the provider knows such a user.'),
  status: ref('Status'),
  review: orNull(ref('Code')),
  level: orNull(ref('Code')),
  userStatus: orNull(text()),
}

/** What the provider answered when it was asked, and what was held back. */
export const OBSERVED_SCHEMAS: Schemas = {
  Observed: {
    ...object({
      at: time('When it was recorded.'),
      eventId: ref('EventId'),
      ...observed,
      stands: yesOrNo('Whether nothing that the provider said since has lifted it.'),
      overlays: yesOrNo('Whether the status is another one than the signed events amount to.'),
    }),
    description:
      'What the provider answered when it was asked last. It is not signed: it may take a verification away, and never grants one. `status` is what it amounts to by itself.',
  },
  NamedEvent: {
    ...object({
      stream: ref('StreamName'),
      revision: ref('Revision'),
      eventId: ref('EventId'),
      payloadHash: text('SHA-256 of its signed text, hexadecimal.'),
    }),
    description: 'An event by where it stands and what it holds.',
  },
  HeldBack: {
    ...object({
      stream: ref('StreamName'),
      revision: ref('Revision'),
      eventId: ref('EventId'),
      payloadHash: text('SHA-256 of its signed text, hexadecimal.'),
      region: REGION,
      why: oneOfTexts(
        ['echo', 'weakly-dated'],
        'Its payload was here before under another id and time; or nothing but its receipt dates it.',
      ),
      at: time('When it occurred.'),
    }),
    description: 'A signed success that was not followed, and may be released.',
  },
  Released: {
    ...object({
      eventId: ref('EventId'),
      at: time('Since when it counts.'),
      releases: ref('EventId'),
      on: GROUND,
    }),
    description:
      'The release that the validation by the governing life cycle rests on; `releases` is the signed event.',
  },
  Observation: {
    ...object({
      ...observed,
      documents: orNull(
        list(
          object({
            documentId: text(),
            type: orNull(ref('Code')),
            state: stateOf('documents'),
            codeStatus: orNull(text()),
          }),
        ),
      ),
    }),
    description: 'What the provider answered when it was asked; `documents` is null where it was not asked about them.',
  },
  Release: {
    ...object({ releases: ref('NamedEvent'), on: orNull(GROUND) }),
    description: 'What is released; or, where `on` is null, what somebody asks to be.',
  },
}
