#include "Members.hpp"

namespace csimdjson {

namespace {

#define MEMBER(name, field, reading, item) \
  { name, sizeof(name) - 1, CSimdjson##field, Reading::reading, CSimdjson##item }

const Member incidentMembers[] = {
    MEMBER("id", ID, text, ID),
    MEMBER("tenantId", TenantID, word, ID),
    MEMBER("displayName", DisplayName, text, ID),
    MEMBER("description", Description, text, ID),
    MEMBER("summary", Summary, text, ID),
    MEMBER("severity", Severity, word, ID),
    MEMBER("status", Status, word, ID),
    MEMBER("classification", Classification, word, ID),
    MEMBER("determination", Determination, word, ID),
    MEMBER("assignedTo", AssignedTo, word, ID),
    MEMBER("customTags", CustomTag, words, ID),
    MEMBER("tags", Tag, words, ID),
    MEMBER("systemTags", SystemTag, words, ID),
    MEMBER("resolvingComment", ResolvingComment, text, ID),
    MEMBER("comments", Comments, objects, Comment),
    MEMBER("createdDateTime", Created, text, ID),
    MEMBER("lastUpdateDateTime", Updated, text, ID),
    MEMBER("lastModifiedBy", LastModifiedBy, word, ID),
    MEMBER("redirectIncidentId", RedirectID, text, ID),
    MEMBER("incidentWebUrl", WebURL, text, ID),
    MEMBER("priorityScore", PriorityScore, integer, ID),
    MEMBER("alerts", Alerts, objects, Alert),
    MEMBER("alerts@odata.nextLink", AlertsLink, text, ID),
    MEMBER("alerts@odata.count", AlertsCount, integer, ID),
};

const Member alertMembers[] = {
    MEMBER("id", ID, text, ID),
    MEMBER("tenantId", TenantID, word, ID),
    MEMBER("incidentId", IncidentID, text, ID),
    MEMBER("title", Title, word, ID),
    MEMBER("description", Description, text, ID),
    MEMBER("recommendedActions", RecommendedActions, text, ID),
    MEMBER("category", Category, word, ID),
    MEMBER("severity", Severity, word, ID),
    MEMBER("status", Status, word, ID),
    MEMBER("classification", Classification, word, ID),
    MEMBER("determination", Determination, word, ID),
    MEMBER("assignedTo", AssignedTo, word, ID),
    MEMBER("serviceSource", ServiceSource, word, ID),
    MEMBER("detectionSource", DetectionSource, word, ID),
    MEMBER("mitreTechniques", Technique, words, ID),
    MEMBER("createdDateTime", Created, text, ID),
    MEMBER("lastUpdateDateTime", Updated, text, ID),
    MEMBER("firstActivityDateTime", FirstActivity, text, ID),
    MEMBER("lastActivityDateTime", LastActivity, text, ID),
    MEMBER("alertWebUrl", WebURL, text, ID),
    MEMBER("evidence", EvidenceList, objects, Evidence),
    MEMBER("comments", Comments, objects, Comment),
    MEMBER("productName", ProductName, word, ID),
    MEMBER("investigationState", InvestigationState, word, ID),
    MEMBER("actorDisplayName", ActorName, word, ID),
    MEMBER("threatDisplayName", ThreatName, word, ID),
    MEMBER("threatFamilyName", ThreatFamily, word, ID),
    MEMBER("systemTags", SystemTag, words, ID),
    MEMBER("resolvedDateTime", Resolved, text, ID),
};

const Member evidenceMembers[] = {
    MEMBER("@odata.type", Type, word, ID),
    MEMBER("verdict", Verdict, word, ID),
    MEMBER("remediationStatus", RemediationStatus, word, ID),
    MEMBER("createdDateTime", Created, text, ID),
    MEMBER("roles", Role, words, ID),
    MEMBER("detailedRoles", DetailedRole, words, ID),
    MEMBER("tags", Tag, words, ID),
};

/// With the names that some of Microsoft's pages still have for two of them: see GraphSpelling.
const Member commentMembers[] = {
    MEMBER("comment", Text, text, ID),
    MEMBER("createdByDisplayName", Author, word, ID),
    MEMBER("createdBy", Author, word, ID),
    MEMBER("createdDateTime", Created, text, ID),
    MEMBER("createdTime", Created, text, ID),
};

}  // namespace

template <size_t count>
Layout::Layout(const Member (&unordered)[count]) {
  static_assert(count <= most, "more members than there is room for");
  size_t filled = 0;
  for (size_t length = 0; length < longest; length++) {
    first[length] = uint8_t(filled);
    for (const Member &member : unordered)
      if (member.length == length) members[filled++] = member;
  }
  first[longest] = uint8_t(filled);
}

const Layout &Layout::of(CSimdjsonField item) {
  static const Layout incident(incidentMembers), alert(alertMembers), evidence(evidenceMembers), comment(commentMembers);
  switch (item) {
    case CSimdjsonAlert: return alert;
    case CSimdjsonEvidence: return evidence;
    case CSimdjsonComment: return comment;
    default: return incident;
  }
}

}  // namespace csimdjson
