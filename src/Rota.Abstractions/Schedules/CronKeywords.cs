namespace Rota.Schedules;

/// <summary>Reads <c>day_of_week=mon-fri hour=9</c>, the arguments of APScheduler's CronTrigger.</summary>
/// <remarks>Fields less significant than the least significant one that is given are their minimum, the others that are
/// not given are <c>*</c>; week and day of week are always <c>*</c>. Source: APScheduler 3.</remarks>
internal static class CronKeywords
{
    private const string Advice =
        "Write pairs of year, month, day, week, day_of_week, hour, minute and second, such as day='last fri' hour=9.";

    public static bool TryParse(ref CronReader reader, ReadOnlySpan<char> text, ref CronMasks masks)
    {
        var given = 0;
        while (reader.At < text.Length)
        {
            if (!TryKeyword(ref reader, text, out var index))
                return false;
            if ((given >> index & 1) != 0)
                return reader.Fail($"'{CronField.Keywords[index].Keyword}' stands there twice", reader.At, Advice);
            given |= 1 << index;
            if (!TryValue(ref reader, text, CronField.Keywords[index].Field, ref masks))
                return false;
        }

        FillRest(ref masks, given);
        masks.PositionsAreDays = true;
        return true;
    }

    /// <summary>Reads a keyword and its <c>=</c>.</summary>
    private static bool TryKeyword(ref CronReader reader, ReadOnlySpan<char> text, out int index)
    {
        var start = reader.At;
        while (char.IsAsciiLetter(reader.Symbol) || reader.Symbol == '_')
            reader.At++;

        var word = text[start..reader.At];
        for (index = 0; index < CronField.Keywords.Length; index++)
        {
            if (word.SequenceEqual(CronField.Keywords[index].Keyword))
            {
                reader.SkipSpace();
                return reader.Take('=') || reader.Fail($"'=' is missing after '{word}'", reader.At, Advice);
            }
        }

        return reader.Fail(word.IsEmpty ? $"'{reader.Symbol}' cannot stand here" : $"There is no field '{word}'",
            start, Advice);
    }

    private static bool TryValue(
        ref CronReader reader, ReadOnlySpan<char> text, CronField field, ref CronMasks masks)
    {
        reader.SkipSpace();
        var quote = reader.Symbol is '\'' or '"' ? reader.Symbol : '\0';
        if (quote != '\0')
            reader.At++;
        var end = quote == '\0' ? EndOfValue(text, reader.At) : text[reader.At..].IndexOf(quote) + reader.At;
        if (quote != '\0' && end < reader.At)
            return reader.Fail($"The {field.Name} has no closing {quote}", text.Length, Advice);

        (reader.End, reader.HasSpaces) = (end, true);
        if (!CronParser.TryField(ref reader, field, ref masks))
            return false;

        (reader.End, reader.HasSpaces) = (text.Length, false);
        reader.At += quote == '\0' ? 0 : 1;
        reader.SkipSpace();
        if (reader.Take(','))
            reader.SkipSpace();
        return true;
    }

    /// <summary>Where the value ends that begins there: before the next keyword, or with the text.</summary>
    private static int EndOfValue(ReadOnlySpan<char> text, int start)
    {
        var next = text[start..].IndexOf('=');
        if (next < 0)
            return start + text[start..].TrimEnd().Length;

        var value = text.Slice(start, next).TrimEnd();
        var word = value.Length;
        while (word > 0 && (char.IsAsciiLetter(value[word - 1]) || value[word - 1] == '_'))
            word--;
        return start + value[..word].TrimEnd().TrimEnd(',').Length;
    }

    private static void FillRest(ref CronMasks masks, int given)
    {
        var least = 31 - System.Numerics.BitOperations.LeadingZeroCount((uint)given);
        for (var index = 0; index < CronField.Keywords.Length; index++)
        {
            if ((given >> index & 1) != 0)
                continue;
            var field = CronField.Keywords[index].Field;
            var last = index < least || field.Part is CronPart.Week or CronPart.Weekday ? field.Last : field.First;
            Fill(ref masks, field.Part, field.Bits(field.First, last, 1));
        }
    }

    private static void Fill(ref CronMasks masks, CronPart part, ulong bits)
    {
        switch (part)
        {
            case CronPart.Second:
                masks.Seconds = bits;
                break;
            case CronPart.Minute:
                masks.Minutes = bits;
                break;
            case CronPart.Hour:
                masks.Hours = (uint)bits;
                break;
            case CronPart.Day:
                masks.Days = (uint)bits;
                break;
            case CronPart.Month:
                masks.Months = (uint)bits;
                break;
            case CronPart.Weekday:
                masks.Weekdays = (uint)bits;
                break;
            case CronPart.Week:
                masks.Weeks = bits;
                break;
            default: // every year
                break;
        }
    }
}
