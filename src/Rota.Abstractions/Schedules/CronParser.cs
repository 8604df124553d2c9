namespace Rota.Schedules;

/// <summary>Reads an expression from left to right and stops at the first problem.</summary>
internal static class CronParser
{
    private const string UnixFields = "Write five fields: minute, hour, day of month, month, day of week; "
        + "seconds may stand before them, and a year behind those six.";
    private const string QuartzFields =
        "Write six fields: second, minute, hour, day of month, month, day of week; a year may follow. "
        + "Five fields are the unix dialect.";
    private const string CrontabFields =
        "Write five fields: minute, hour, day of month, month, day of week; or pairs such as hour=9 minute=30.";

    /// <summary>Reads the text of the reader, which then holds the problem where it says no.</summary>
    public static bool TryParse(ref CronReader reader, ReadOnlySpan<char> text, out CronMasks masks)
    {
        masks = default;
        if (text.Length > CronExpression.MaxLength)
        {
            return reader.Fail($"The expression has {text.Length} characters, over {CronExpression.MaxLength}", 0,
                Advice(reader.Dialect));
        }

        reader.SkipSpace();
        return reader.Dialect switch
        {
            CronDialect.ApScheduler when text.Contains('=') => CronKeywords.TryParse(ref reader, text, ref masks),
            not CronDialect.ApScheduler when reader.Symbol == '@' =>
                TryMacro(ref reader, text[reader.At..].TrimEnd(), ref masks),
            _ => TryFields(ref reader, Fields(reader.Dialect, Count(text)), ref masks),
        };
    }

    private static string Advice(CronDialect dialect) => dialect switch
    {
        CronDialect.Quartz => QuartzFields,
        CronDialect.ApScheduler => CrontabFields,
        _ => UnixFields,
    };

    /// <summary>The fields that a text of that many has; the fewest there can be, or the most, where none fit.
    /// </summary>
    private static ReadOnlySpan<CronField> Fields(CronDialect dialect, int count) => dialect switch
    {
        CronDialect.Quartz => CronField.Quartz.AsSpan(0, count > 6 ? 7 : 6),
        CronDialect.ApScheduler => CronField.Crontab,
        _ => count < 6 ? CronField.Unix.AsSpan(1, 5) : CronField.Unix.AsSpan(0, count > 6 ? 7 : 6),
    };

    private static int Count(ReadOnlySpan<char> text)
    {
        var count = 0;
        var inField = false;
        foreach (var symbol in text)
        {
            var isSpace = char.IsWhiteSpace(symbol);
            count += isSpace || inField ? 0 : 1;
            inField = !isSpace;
        }

        return count;
    }

    private static bool TryMacro(ref CronReader reader, ReadOnlySpan<char> name, ref CronMasks masks)
    {
        const string Known =
            "Write @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually or five fields.";
        if (Is(name, "@hourly"))
            masks = Macro(CronMasks.AllHours, CronMasks.AllDays, CronMasks.AllMonths, CronMasks.AllWeekdays);
        else if (Is(name, "@daily") || Is(name, "@midnight"))
            masks = Macro(1, CronMasks.AllDays, CronMasks.AllMonths, CronMasks.AllWeekdays);
        else if (Is(name, "@weekly"))
            masks = Macro(1, CronMasks.AllDays, CronMasks.AllMonths, weekdays: 1);
        else if (Is(name, "@monthly"))
            masks = Macro(1, days: 1 << 1, CronMasks.AllMonths, CronMasks.AllWeekdays);
        else if (Is(name, "@yearly") || Is(name, "@annually"))
            masks = Macro(1, days: 1 << 1, months: 1 << 1, CronMasks.AllWeekdays);
        else
            return reader.Fail($"'{name}' is not known", reader.At, Known);
        return true;
    }

    private static bool Is(ReadOnlySpan<char> name, string macro) =>
        name.Equals(macro, StringComparison.OrdinalIgnoreCase);

    private static CronMasks Macro(uint hours, uint days, uint months, uint weekdays) => new()
    {
        Seconds = 1,
        Minutes = 1,
        Hours = hours,
        Days = days,
        Months = months,
        Weekdays = weekdays,
        Weeks = CronMasks.AllWeeks,
    };

    private static bool TryFields(ref CronReader reader, ReadOnlySpan<CronField> fields, ref CronMasks masks)
    {
        masks.Weeks = CronMasks.AllWeeks;
        if (fields[0].Part == CronPart.Minute)
            masks.Seconds = 1;

        var read = 0;
        bool anyDay = false, anyWeekday = false;
        foreach (var field in fields)
        {
            if (reader.At == reader.End)
            {
                var missing = $"The {field.Name} is missing after {read} of {fields.Length} fields";
                return reader.Fail(read == 0 ? "The expression is empty" : missing, reader.At, Advice(reader.Dialect));
            }

            // For unix a star at the start is enough, even with a step; for Quartz it must be all there is.
            var isAny = reader.Symbol == '?' || reader.Symbol == '*'
                && (reader.Dialect == CronDialect.Unix || reader.IsFieldEnd(reader.At + 1));
            if (!TryField(ref reader, field, ref masks))
                return false;

            anyDay |= isAny && field.Part == CronPart.Day;
            anyWeekday |= isAny && field.Part == CronPart.Weekday;
            read++;
        }

        masks.PositionsAreDays = reader.Dialect == CronDialect.ApScheduler;
        masks.EitherDay = reader.Dialect != CronDialect.ApScheduler && !anyDay && !anyWeekday;
        if (reader.At == reader.End)
            return true;
        var most = fields.Length == 5 ? "five" : "seven";
        return reader.Fail($"The expression has more than {most} fields", reader.At, Advice(reader.Dialect));
    }

    /// <summary>Reads one field up to the next one.</summary>
    public static bool TryField(ref CronReader reader, CronField field, ref CronMasks masks)
    {
        if (reader.Symbol == '?' && field.Part is CronPart.Day or CronPart.Weekday
            && reader.Dialect != CronDialect.ApScheduler)
        {
            reader.At++;
            if (field.Part == CronPart.Day)
                masks.Days = CronMasks.AllDays;
            else
                masks.Weekdays = CronMasks.AllWeekdays;
        }
        else
        {
            do
            {
                if (reader.HasSpaces)
                    reader.SkipSpace();
                if (!CronItem.TryRead(ref reader, field, ref masks))
                    return false;
                if (reader.HasSpaces)
                    reader.SkipSpace();
            }
            while (reader.Take(','));
        }

        if (masks.Years is { IsAll: true })
            masks.Years = null;
        if (!reader.AtFieldEnd)
            return reader.Fail($"'{reader.Symbol}' cannot stand here in the {field.Name}", reader.At, field.Advice);
        reader.SkipSpace();
        return true;
    }
}
