#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that must be readable after the end of every text handed in.
#define CSIMDJSON_PADDING 64

/// A part of the text handed in.
typedef struct {
  size_t offset;
  size_t length;
} CSimdjsonRange;

typedef enum {
  CSimdjsonPageRead,
  /// Not one JSON object, or it ends early.
  CSimdjsonPageBroken,
  /// There is no `value` that is an array.
  CSimdjsonPageWithoutList,
  /// More items than allowed.
  CSimdjsonPageTooLong,
} CSimdjsonPageStatus;

/// A page's items, found without judging what is inside them.
typedef struct {
  CSimdjsonPageStatus status;
  const CSimdjsonRange *_Nullable items;
  size_t count;
  /// The `@odata.nextLink` with its quotes; length 0 when there is none.
  CSimdjsonRange nextLink;
  /// Of a broken page: about where it stops to be JSON; 0 when that is not known.
  size_t brokenAt;
  /// Whether its items are read by their number, with csimdjsonIndexedItem; else each by its place.
  int isIndexed;
} CSimdjsonPage;

typedef enum {
  CSimdjsonIncident,
  CSimdjsonAlert,
  CSimdjsonEvidence,
  CSimdjsonComment,
  CSimdjsonID,
  CSimdjsonTenantID,
  CSimdjsonDisplayName,
  CSimdjsonDescription,
  CSimdjsonSummary,
  CSimdjsonSeverity,
  CSimdjsonStatus,
  CSimdjsonClassification,
  CSimdjsonDetermination,
  CSimdjsonAssignedTo,
  CSimdjsonCustomTag,
  CSimdjsonTag,
  CSimdjsonSystemTag,
  CSimdjsonResolvingComment,
  CSimdjsonCreated,
  CSimdjsonUpdated,
  CSimdjsonLastModifiedBy,
  CSimdjsonRedirectID,
  CSimdjsonWebURL,
  CSimdjsonPriorityScore,
  CSimdjsonAlerts,
  CSimdjsonComments,
  CSimdjsonTitle,
  CSimdjsonRecommendedActions,
  CSimdjsonCategory,
  CSimdjsonServiceSource,
  CSimdjsonDetectionSource,
  CSimdjsonTechnique,
  CSimdjsonFirstActivity,
  CSimdjsonLastActivity,
  CSimdjsonEvidenceList,
  CSimdjsonType,
  CSimdjsonVerdict,
  CSimdjsonRemediationStatus,
  CSimdjsonRole,
  CSimdjsonDetailedRole,
  CSimdjsonText,
  CSimdjsonAuthor,
  CSimdjsonIncidentID,
  CSimdjsonAlertsLink,
  CSimdjsonAlertsCount,
  CSimdjsonProductName,
  CSimdjsonInvestigationState,
  CSimdjsonActorName,
  CSimdjsonThreatName,
  CSimdjsonThreatFamily,
  CSimdjsonResolved,
} CSimdjsonField;

typedef enum {
  /// `bytes` and `length` are the text without quotes and escapes; `number` is that of a word that stands in many
  /// places, the same each time until the reader is destroyed; -1 for any other text.
  CSimdjsonString,
  /// `number` holds it.
  CSimdjsonInteger,
  /// A text that is not valid: half a surrogate pair, an unknown escape.
  CSimdjsonBadString,
  /// An object begins; of evidence, `bytes` and `length` are its JSON as received.
  CSimdjsonBegin,
  CSimdjsonEnd,
  /// A member of a list is not an object.
  CSimdjsonBadItem,
  /// A list is there, be it empty; `number` of its members follow that are of the type documented.
  CSimdjsonList,
} CSimdjsonKind;

/// One step through an item. What is not known, null, or of another type than documented has no step.
typedef struct {
  const uint8_t *_Nullable bytes;
  size_t length;
  int64_t number;
  uint8_t field;
  uint8_t kind;
  /// Of a text: whether it is ASCII alone. It is valid UTF-8 in any case.
  uint8_t isASCII;
} CSimdjsonStep;

/// The steps through an item, valid until the reader is used again.
typedef struct {
  /// Whether the item is JSON as far as it was read, and of no more than 500,000 steps.
  int isRead;
  const CSimdjsonStep *_Nullable steps;
  size_t count;
} CSimdjsonSteps;

/// Reads one text at a time; keeps its memory between them.
typedef struct CSimdjsonReader CSimdjsonReader;

CSimdjsonReader *_Nullable csimdjsonCreate(void);
void csimdjsonDestroy(CSimdjsonReader *_Nullable reader);

/// Finds the items of a page's `value`.
CSimdjsonPage csimdjsonPage(
    CSimdjsonReader *_Nonnull reader, const uint8_t *_Nonnull text, size_t length, size_t mostItems);

/// Finds the items of the list `name` where csimdjsonPage, or the reading of an item, met one that breaks JSON's own
/// marks: raw quotes or brackets in a text. Slower, and within bounds.
CSimdjsonPage csimdjsonRecovered(
    CSimdjsonReader *_Nonnull reader, const uint8_t *_Nonnull text, size_t length, size_t mostItems,
    const char *_Nonnull name);

/// The id that an item begins with, without its quotes, be the rest broken; length 0 when there is none.
CSimdjsonRange csimdjsonLeadingID(const uint8_t *_Nonnull text, size_t length);

/// Reads an item of the page that was found last, while nothing else was read but its items.
/// - text: the page.
/// - number: of the item among the page's, from 0 on.
/// - root, deepest: as with csimdjsonItem.
CSimdjsonSteps csimdjsonIndexedItem(
    CSimdjsonReader *_Nonnull reader, const uint8_t *_Nonnull text, size_t number, CSimdjsonField root, size_t deepest);

/// Reads one item.
/// - root: `CSimdjsonIncident` or `CSimdjsonAlert`.
/// - deepest: levels of nesting beyond which the item is not read.
CSimdjsonSteps csimdjsonItem(
    CSimdjsonReader *_Nonnull reader, const uint8_t *_Nonnull text, size_t length, CSimdjsonField root, size_t deepest);

#ifdef __cplusplus
}
#endif

#endif
