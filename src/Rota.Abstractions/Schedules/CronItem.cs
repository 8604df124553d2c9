namespace Rota.Schedules;

/// <summary>Reads one item of a field's list: a value, a range, a step, or one of the special days.</summary>
internal static class CronItem
{
    /// <summary><c>H</c> keeps to days that every month has.</summary>
    private const int SpreadDayMax = 28;

    private const int LastOffsetMax = 30;

    private static readonly string[] Positions = ["1st", "2nd", "3rd", "4th", "5th", "last"];

    public static bool TryRead(ref CronReader reader, CronField field, ref CronMasks masks)
    {
        if (reader.Dialect == CronDialect.ApScheduler)
        {
            if (field.Part == CronPart.Day && TryNamedDay(ref reader, field, ref masks, out var isRight))
                return isRight;
        }
        else if (reader.Symbol is 'H' or 'h')
            return TrySpread(ref reader, field, ref masks);
        else if (field.Part == CronPart.Day && reader.Take('L'))
            return TryLastDay(ref reader, field, ref masks);
        else if (field.Part == CronPart.Weekday && reader.Dialect == CronDialect.Quartz && reader.Take('L'))
        {
            return CheckAlone(ref reader, field, masks, reader.At - 1)
                && Add(ref masks, field, field.Last, field.Last, 1);
        }

        var start = reader.At;
        var isNamed = char.IsAsciiLetter(reader.Symbol);
        if (!TryRange(ref reader, field, out var from, out var to, out var isSingle))
            return false;
        if (isSingle && TrySpecial(ref reader, field, from, start, ref masks, out var isRead))
            return isRead;

        if (isSingle && reader.Symbol == '/')
            to = field.Last;
        var step = 1;
        if (reader.Symbol == '/' && !TryStep(ref reader, field, to - from, isNamed, out step))
            return false;
        return CheckOrder(ref reader, field, from, to, start) && Add(ref masks, field, from, to, step);
    }

    /// <summary><c>*</c>, a value, or two of them; without a step.</summary>
    private static bool TryRange(ref CronReader reader, CronField field, out int from, out int to, out bool isSingle)
    {
        (from, to, isSingle) = (field.First, field.Last, false);
        if (reader.Take('*'))
            return true;
        if (!TryValue(ref reader, field, out from))
            return false;
        to = from;
        isSingle = !reader.Take('-');
        return isSingle || TryValue(ref reader, field, out to);
    }

    private static bool TryValue(ref CronReader reader, CronField field, out int value)
    {
        var start = reader.At;
        if (char.IsAsciiLetter(reader.Symbol) && field.Names.Length > 0)
            return TryName(ref reader, field, start, out value);
        if (!reader.TryNumber(field, "", out value))
            return false;

        return value >= field.First && value <= field.Max
            || reader.Fail($"The {field.Name} {reader.Since(start)} is not from {field.First} to {field.Max}", start,
                field.Advice);
    }

    private static bool TryName(ref CronReader reader, CronField field, int start, out int value)
    {
        var name = reader.TakeWord();
        value = field.ValueOf(name);
        if (value < 0 && name.Length == 4 && name[3] is 'L' or 'l' && reader.Dialect != CronDialect.ApScheduler)
        {
            value = field.ValueOf(name[..3]); // friL: the L is read by whoever knows what it means
            reader.At--;
        }

        return value >= 0
            || reader.Fail($"'{name}' is no {field.Name}", start, $"Its names are {string.Join(", ", field.Names)}.");
    }

    /// <param name="length">From the first value to the last one that the step may reach.</param>
    private static bool TryStep(ref CronReader reader, CronField field, int length, bool isNamed, out int step)
    {
        var slash = reader.At++;
        step = 1;
        if (isNamed && reader.Dialect == CronDialect.ApScheduler)
        {
            return reader.Fail($"A step cannot follow a name in the {field.Name}", slash,
                "APScheduler does not heed it: write numbers.");
        }

        var start = reader.At;
        var max = reader.Dialect == CronDialect.ApScheduler ? Math.Max(1, length)
            : field.Part == CronPart.Year ? field.Last - field.First
            : field.Max;
        if (!reader.TryNumber(field, "step of the ", out step))
            return false;
        return step >= 1 && step <= max
            || reader.Fail($"The step {reader.Since(start)} of the {field.Name} is not from 1 to {max}", start,
                $"Steps of the {field.Name} go from 1 to {max}.");
    }

    /// <summary>What a value may be followed by: <c>15W</c>, <c>fri#2</c>, <c>friL</c>.</summary>
    /// <returns>False when nothing such follows.</returns>
    private static bool TrySpecial(
        ref CronReader reader, CronField field, int value, int start, ref CronMasks masks, out bool isRead)
    {
        isRead = true;
        if (reader.Dialect == CronDialect.ApScheduler)
            return false;

        if (field.Part == CronPart.Day && reader.Take('W'))
            masks.NearDays |= 1u << value;
        else if (field.Part == CronPart.Weekday && reader.Take('L'))
            masks.Positions |= Position(CronMasks.LastPosition, field.WeekdayOf(value));
        else if (field.Part == CronPart.Weekday && reader.Take('#'))
            isRead = TryPosition(ref reader, field, value, ref masks);
        else
            return false;

        isRead = isRead && CheckAlone(ref reader, field, masks, start);
        return true;
    }

    /// <summary>Quartz heeds one such weekday, and not what is listed beside it.</summary>
    private static bool CheckAlone(ref CronReader reader, CronField field, in CronMasks masks, int start) =>
        field.Part != CronPart.Weekday || reader.Dialect != CronDialect.Quartz
        || reader.Symbol != ',' && masks.Weekdays == 0
        || reader.Fail($"'#' and 'L' cannot stand in a list in the {field.Name}", start,
            "Quartz reads one such day: make a schedule for each.");

    private static bool TryPosition(ref CronReader reader, CronField field, int value, ref CronMasks masks)
    {
        const string Advice = "Write 1 to 5 after '#', as in fri#2.";
        var start = reader.At;
        if (!reader.TryNumber(field, "position of the ", out var number))
            return false;
        if (number is < 1 or > 5)
        {
            return reader.Fail($"The position {reader.Since(start)} of the {field.Name} is not from 1 to 5", start,
                Advice);
        }

        masks.Positions |= Position(number - 1, field.WeekdayOf(value));
        return true;
    }

    /// <summary>After <c>L</c> in the day of month: nothing, <c>-3</c>, <c>W</c> or <c>-3W</c>.</summary>
    private static bool TryLastDay(ref CronReader reader, CronField field, ref CronMasks masks)
    {
        var offset = 0;
        if (reader.Take('-'))
        {
            var start = reader.At;
            if (!reader.TryNumber(field, "distance from the last ", out offset))
                return false;
            if (offset > LastOffsetMax)
                return reader.Fail($"{reader.Since(start)} days before the last one is not from 0 to {LastOffsetMax}",
                    start, field.Advice);
        }

        if (reader.Take('W'))
            masks.LastNearDays |= 1u << offset;
        else
            masks.LastDays |= 1u << offset;
        return true;
    }

    /// <summary><c>H</c>, <c>H(0-29)</c>, <c>H/15</c>, <c>H(0-29)/10</c>.</summary>
    private static bool TrySpread(ref CronReader reader, CronField field, ref CronMasks masks)
    {
        var start = reader.At++;
        if (field.Part == CronPart.Year)
            return reader.Fail("H cannot stand here in the year", start, field.Advice);

        var from = field.First;
        var to = field.Part == CronPart.Day && reader.Dialect == CronDialect.Unix ? SpreadDayMax : field.Last;
        if (reader.Take('('))
        {
            if (!TryValue(ref reader, field, out from))
                return false;
            var dash = reader.At;
            if (!reader.Take('-'))
                return reader.Fail($"The range of H in the {field.Name} has no '-'", dash, "Write H(a-b).");
            if (!TryValue(ref reader, field, out to))
                return false;
            if (!reader.Take(')'))
                return reader.Fail($"The range of H in the {field.Name} has no ')'", reader.At, "Write H(a-b).");
            if (from > to || to > field.Last)
                return reader.Fail($"The range of H in the {field.Name} goes backwards", dash, "Write H(a-b).");
        }

        reader.UsesSpread = true;
        var spread = CronSpread.Of(reader.Spread, field.Part);
        if (reader.Symbol != '/')
        {
            from += spread % (to - from + 1);
            return Add(ref masks, field, from, from, 1);
        }

        if (!TryStep(ref reader, field, to - from, isNamed: false, out var step))
            return false;
        return Add(ref masks, field, from + spread % Math.Min(step, to - from + 1), to, step);
    }

    /// <summary><c>last</c>, <c>2nd fri</c>, <c>last fri</c> of APScheduler.</summary>
    /// <returns>False when it is none of them.</returns>
    private static bool TryNamedDay(ref CronReader reader, CronField field, ref CronMasks masks, out bool isRight)
    {
        var start = reader.At;
        isRight = true;
        while (char.IsAsciiLetterOrDigit(reader.Symbol))
            reader.At++;
        var word = reader.Since(start);
        var position = PositionOf(word);
        if (position < 0)
        {
            reader.At = start;
            return false;
        }

        var space = reader.At;
        if (reader.HasSpaces)
            reader.SkipSpace();
        if (reader.At > space && char.IsAsciiLetter(reader.Symbol))
        {
            var at = reader.At;
            var name = reader.TakeWord();
            var weekday = CronField.Crontab[^1];
            if (weekday.ValueOf(name) is >= 0 and var value)
                masks.Positions |= Position(position, weekday.WeekdayOf(value));
            else
                isRight = reader.Fail($"'{name}' is no {weekday.Name}", at,
                    $"Its names are {string.Join(", ", weekday.Names)}.");
        }
        else if (position == CronMasks.LastPosition)
            masks.LastDays |= 1;
        else
            isRight = reader.Fail($"A day of week is missing after '{word}'", reader.At,
                "Write for example day='2nd fri' hour=9.");
        return true;
    }

    private static int PositionOf(ReadOnlySpan<char> word)
    {
        for (var i = 0; i < Positions.Length; i++)
        {
            if (word.Equals(Positions[i], StringComparison.OrdinalIgnoreCase))
                return i;
        }

        return -1;
    }

    private static bool CheckOrder(ref CronReader reader, CronField field, int from, int to, int start) =>
        from <= to || reader.Dialect != CronDialect.ApScheduler && field.Part != CronPart.Year
        || reader.Fail($"The range of the {field.Name} goes backwards", start, "Write the lower value first.");

    private static bool Add(ref CronMasks masks, CronField field, int from, int to, int step)
    {
        switch (field.Part)
        {
            case CronPart.Second:
                masks.Seconds |= field.Bits(from, to, step);
                break;
            case CronPart.Minute:
                masks.Minutes |= field.Bits(from, to, step);
                break;
            case CronPart.Hour:
                masks.Hours |= (uint)field.Bits(from, to, step);
                break;
            case CronPart.Day:
                masks.Days |= (uint)field.Bits(from, to, step);
                break;
            case CronPart.Month:
                masks.Months |= (uint)field.Bits(from, to, step);
                break;
            case CronPart.Weekday:
                var week = (uint)(field.Bits(from, to, step) >> field.First) << field.WeekdayOf(field.First);
                masks.Weekdays |= (week | week >> 7) & CronMasks.AllWeekdays;
                break;
            case CronPart.Week:
                masks.Weeks |= field.Bits(from, to, step);
                break;
            default:
                (masks.Years ??= new CronYears()).Add(from, to, step);
                break;
        }

        return true;
    }

    private static ulong Position(int position, int weekday) => 1UL << 7 * position + weekday;
}
