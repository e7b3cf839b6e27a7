# A time in the form of RFC 3339, UTC.
# Type: int (seconds since 1970) -> string
# Example: rfc3339 1789205228 == "2026-09-12T09:27:08Z"
seconds:
let
  two = number: (if number < 10 then "0" else "") + toString number;
  remainder = a: b: a - a / b * b;

  # The calculation has years that begin on the first of March: then a leap day is the last day of its year. An era is
  # the 400 years after which the calendar repeats.
  days = seconds / 86400 + 719468;
  era = days / 146097;
  dayOfEra = days - era * 146097;
  yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  monthFromMarch = (5 * dayOfYear + 2) / 153;
  day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1;
  month = if monthFromMarch < 10 then monthFromMarch + 3 else monthFromMarch - 9;
  year = yearOfEra + era * 400 + (if month <= 2 then 1 else 0);
in
"${toString year}-${two month}-${two day}T${two (remainder (seconds / 3600) 24)}:"
+ "${two (remainder (seconds / 60) 60)}:${two (remainder seconds 60)}Z"
