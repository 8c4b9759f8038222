#if !__has_include(<simdjson.h>)
#error "simdjson's headers are missing. Install them: apt-get install libsimdjson-dev"
#endif

#include <simdjson.h>

#include <memory>
#include <new>

#include "PageScan.hpp"
#include "Recovery.hpp"

using namespace simdjson;

namespace {

/// What a member of an object is read as.
enum class Reading : uint8_t { text, integer, texts, objects };

struct Member {
  const char *name;
  size_t length;
  CSimdjsonField field;
  Reading reading;
  /// Of `objects`: what each of them is.
  CSimdjsonField item;
};

#define MEMBER(name, field, reading, item) \
  { name, sizeof(name) - 1, CSimdjson##field, Reading::reading, CSimdjson##item }

const Member incidentMembers[] = {
    MEMBER("id", ID, text, ID),
    MEMBER("tenantId", TenantID, text, ID),
    MEMBER("displayName", DisplayName, text, ID),
    MEMBER("description", Description, text, ID),
    MEMBER("summary", Summary, text, ID),
    MEMBER("severity", Severity, text, ID),
    MEMBER("status", Status, text, ID),
    MEMBER("classification", Classification, text, ID),
    MEMBER("determination", Determination, text, ID),
    MEMBER("assignedTo", AssignedTo, text, ID),
    MEMBER("customTags", CustomTag, texts, ID),
    MEMBER("tags", Tag, texts, ID),
    MEMBER("systemTags", SystemTag, texts, ID),
    MEMBER("resolvingComment", ResolvingComment, text, ID),
    MEMBER("comments", Comments, objects, Comment),
    MEMBER("createdDateTime", Created, text, ID),
    MEMBER("lastUpdateDateTime", Updated, text, ID),
    MEMBER("lastModifiedBy", LastModifiedBy, text, ID),
    MEMBER("redirectIncidentId", RedirectID, text, ID),
    MEMBER("incidentWebUrl", WebURL, text, ID),
    MEMBER("priorityScore", PriorityScore, integer, ID),
    MEMBER("alerts", Alerts, objects, Alert),
    MEMBER("alerts@odata.nextLink", AlertsLink, text, ID),
    MEMBER("alerts@odata.count", AlertsCount, integer, ID),
};

const Member alertMembers[] = {
    MEMBER("id", ID, text, ID),
    MEMBER("tenantId", TenantID, text, ID),
    MEMBER("incidentId", IncidentID, text, ID),
    MEMBER("title", Title, text, ID),
    MEMBER("description", Description, text, ID),
    MEMBER("recommendedActions", RecommendedActions, text, ID),
    MEMBER("category", Category, text, ID),
    MEMBER("severity", Severity, text, ID),
    MEMBER("status", Status, text, ID),
    MEMBER("classification", Classification, text, ID),
    MEMBER("determination", Determination, text, ID),
    MEMBER("assignedTo", AssignedTo, text, ID),
    MEMBER("serviceSource", ServiceSource, text, ID),
    MEMBER("detectionSource", DetectionSource, text, ID),
    MEMBER("mitreTechniques", Technique, texts, ID),
    MEMBER("createdDateTime", Created, text, ID),
    MEMBER("lastUpdateDateTime", Updated, text, ID),
    MEMBER("firstActivityDateTime", FirstActivity, text, ID),
    MEMBER("lastActivityDateTime", LastActivity, text, ID),
    MEMBER("alertWebUrl", WebURL, text, ID),
    MEMBER("evidence", EvidenceList, objects, Evidence),
};

const Member evidenceMembers[] = {
    MEMBER("@odata.type", Type, text, ID),
    MEMBER("verdict", Verdict, text, ID),
    MEMBER("remediationStatus", RemediationStatus, text, ID),
    MEMBER("createdDateTime", Created, text, ID),
    MEMBER("roles", Role, texts, ID),
    MEMBER("detailedRoles", DetailedRole, texts, ID),
    MEMBER("tags", Tag, texts, ID),
};

const Member commentMembers[] = {
    MEMBER("comment", Text, text, ID),
    MEMBER("createdByDisplayName", Author, text, ID),
    MEMBER("createdBy", Author, text, ID),
    MEMBER("createdDateTime", Created, text, ID),
    MEMBER("createdTime", Created, text, ID),
};

struct Layout {
  const Member *members;
  size_t count;
};

#define LAYOUT(members) \
  Layout { members, sizeof(members) / sizeof(Member) }

Layout layout(CSimdjsonField item) {
  switch (item) {
    case CSimdjsonAlert: return LAYOUT(alertMembers);
    case CSimdjsonEvidence: return LAYOUT(evidenceMembers);
    case CSimdjsonComment: return LAYOUT(commentMembers);
    default: return LAYOUT(incidentMembers);
  }
}

const Member *find(Layout layout, const char *name, size_t length) {
  for (size_t index = 0; index < layout.count; index++) {
    const Member &member = layout.members[index];
    if (member.length == length && memcmp(member.name, name, length) == 0) return &member;
  }
  return nullptr;
}

}  // namespace

/// Beyond this an item is not read, so that a small text cannot ask for hundreds of megabytes: 16 MB of steps.
const size_t mostSteps = 500000;

struct CSimdjsonReader {
  ondemand::parser parser;
  std::vector<CSimdjsonRange> items;
  std::vector<CSimdjsonStep> steps;

  void step(CSimdjsonField field, CSimdjsonKind kind, std::string_view text = {}, int64_t number = 0) {
    steps.push_back(
        {reinterpret_cast<const uint8_t *>(text.data()), text.size(), number, uint8_t(field), uint8_t(kind)});
  }

  bool isFull() const { return steps.size() >= mostSteps; }

  error_code readText(ondemand::value value, CSimdjsonField field) {
    std::string_view text;
    auto error = value.get_string().get(text);
    if (error == STRING_ERROR) {
      step(field, CSimdjsonBadString);
      return SUCCESS;
    }
    if (!error) step(field, CSimdjsonString, text);
    return error;
  }

  /// A link to more alerts, or their count, of a wrong type: that there may be more is told.
  void noteMore(const Member &member, ondemand::json_type type) {
    bool isAboutMore = member.field == CSimdjsonAlertsLink || member.field == CSimdjsonAlertsCount;
    if (isAboutMore && type != ondemand::json_type::null) step(member.field, CSimdjsonBadItem);
  }

  error_code readMember(const Member &member, ondemand::value value) {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return error;
    switch (member.reading) {
      case Reading::text:
        if (type == ondemand::json_type::string) return readText(value, member.field);
        noteMore(member, type);
        return SUCCESS;
      case Reading::integer: {
        int64_t number;
        if (type == ondemand::json_type::number && !value.get_int64().get(number))
          step(member.field, CSimdjsonInteger, {}, number);
        else
          noteMore(member, type);
        return SUCCESS;
      }
      case Reading::texts: {
        if (type != ondemand::json_type::array) return SUCCESS;
        step(member.field, CSimdjsonList);
        ondemand::array list;
        if (auto error = value.get_array().get(list)) return error;
        for (auto item : list) {
          if (isFull()) return CAPACITY;
          ondemand::value text;
          if (auto error = item.get(text)) return error;
          if (auto error = text.type().get(type)) return error;
          if (type != ondemand::json_type::string) continue;
          if (auto error = readText(text, member.field)) return error;
        }
        return SUCCESS;
      }
      case Reading::objects: {
        if (type != ondemand::json_type::array) {
          // Something is there that is no list: it is not none.
          if (type != ondemand::json_type::null && member.item == CSimdjsonEvidence) step(member.item, CSimdjsonBadItem);
          return SUCCESS;
        }
        step(member.field, CSimdjsonList);
        ondemand::array list;
        if (auto error = value.get_array().get(list)) return error;
        for (auto item : list) {
          if (isFull()) return CAPACITY;
          ondemand::value object;
          if (auto error = item.get(object)) return error;
          if (auto error = object.type().get(type)) return error;
          if (type != ondemand::json_type::object) {
            step(member.item, CSimdjsonBadItem);
            continue;
          }
          ondemand::object inner;
          if (auto error = object.get_object().get(inner)) return error;
          if (auto error = readObject(inner, member.item)) return error;
        }
        return SUCCESS;
      }
    }
    return SUCCESS;
  }

  error_code readObject(ondemand::object &object, CSimdjsonField item) {
    std::string_view json;
    if (item == CSimdjsonEvidence) {
      if (auto error = object.raw_json().get(json)) return error;
      json = json.substr(0, json.rfind('}') + 1);
      bool isEmpty;
      if (auto error = object.reset().get(isEmpty)) return error;
    }
    step(item, CSimdjsonBegin, json);
    auto known = layout(item);
    for (auto member : object) {
      if (isFull()) return CAPACITY;
      if (auto error = member.error()) return error;
      ondemand::raw_json_string rawKey;
      if (auto error = member.key().get(rawKey)) return error;
      ondemand::value value;
      if (auto error = member.value().get(value)) return error;
      auto key = rawKey.raw();
      // The key's closing quote: the first that is not escaped.
      size_t length = 0;
      while (key[length] != '"') length += key[length] == '\\' ? 2 : 1;
      if (auto name = find(known, key, length)) {
        if (auto error = readMember(*name, value)) return error;
      }
    }
    step(item, CSimdjsonEnd);
    return SUCCESS;
  }

  bool readItem(const uint8_t *text, size_t length, CSimdjsonField root, size_t deepest) {
    steps.clear();
    csimdjson::Scan scan(text, length);
    size_t depth;
    if (!scan.value(depth) || depth > deepest) return false;
    scan.blanks();
    if (!scan.isAtEnd()) return false;
    ondemand::document document;
    auto padded = padded_string_view(text, length, length + CSIMDJSON_PADDING);
    if (parser.iterate(padded).get(document)) return false;
    ondemand::object object;
    if (document.get_object().get(object)) return false;
    return readObject(object, root) == SUCCESS;
  }
};

// No exception may leave for a caller that knows none: without memory there is nothing to read.

CSimdjsonReader *csimdjsonCreate(void) {
  try {
    return new CSimdjsonReader;
  } catch (...) {
    return nullptr;
  }
}

void csimdjsonDestroy(CSimdjsonReader *reader) { delete reader; }

CSimdjsonPage csimdjsonPage(CSimdjsonReader *reader, const uint8_t *text, size_t length, size_t mostItems) {
  try {
    return csimdjson::scanPage(text, length, mostItems, reader->items);
  } catch (...) {
    return {CSimdjsonPageBroken, nullptr, 0, {0, 0}, 0};
  }
}

CSimdjsonPage csimdjsonRecovered(
    CSimdjsonReader *reader, const uint8_t *text, size_t length, size_t mostItems, const char *name) {
  try {
    return csimdjson::recoverList(text, length, mostItems, name, reader->items);
  } catch (...) {
    return {CSimdjsonPageBroken, nullptr, 0, {0, 0}, 0};
  }
}

CSimdjsonRange csimdjsonLeadingID(const uint8_t *text, size_t length) { return csimdjson::leadingID(text, length); }

CSimdjsonSteps csimdjsonItem(
    CSimdjsonReader *reader, const uint8_t *text, size_t length, CSimdjsonField root, size_t deepest) {
  try {
    bool isRead = reader->readItem(text, length, root, deepest);
    return {isRead, reader->steps.data(), reader->steps.size()};
  } catch (...) {
    return {false, nullptr, 0};
  }
}
