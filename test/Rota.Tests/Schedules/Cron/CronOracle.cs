namespace Rota.Tests.Schedules;

/// <summary>The meaning of an expression, told as slowly and plainly as can be: look at each minute in turn.</summary>
internal sealed class CronOracle
{
    private readonly bool[] _minutes;
    private readonly bool[] _hours;
    private readonly bool[] _days;
    private readonly bool[] _months;
    private readonly bool[] _weekdays;
    private readonly bool _eitherDay;

    private CronOracle(Random random)
    {
        string[] texts =
        [
            Field(random, 0, 59, out _minutes), Field(random, 0, 23, out _hours), Field(random, 1, 31, out _days),
            Field(random, 1, 12, out _months), Field(random, 0, 6, out _weekdays),
        ];
        _eitherDay = texts[2][0] != '*' && texts[4][0] != '*';
        Text = string.Join(' ', texts);
    }

    public string Text { get; }

    public static CronOracle Draw(Random random) => new(random);

    public DateTimeOffset? Next(DateTimeOffset after, DateTimeOffset limit, TimeZoneInfo zone)
    {
        var everyHour = _hours.All(allowed => allowed);
        var repeats = everyHour || _minutes.Count(allowed => allowed) > 1;

        // Two days back, so that a repeated hour is known as one.
        var start = after.UtcTicks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute;
        var utc = new DateTimeOffset(start, TimeSpan.Zero).AddDays(-2);
        var shown = utc.DateTime + zone.GetUtcOffset(utc);
        var latest = shown;
        for (utc = utc.AddMinutes(1); utc <= limit; utc = utc.AddMinutes(1))
        {
            var now = utc.DateTime + zone.GetUtcOffset(utc);
            var skipped = false;
            for (shown = shown.AddMinutes(1); shown < now; shown = shown.AddMinutes(1))
                skipped |= !everyHour && Matches(shown);

            shown = now;
            var repeated = now <= latest;
            latest = repeated ? latest : now;
            if (utc > after && (skipped || (Matches(now) && (repeats || !repeated))))
                return utc;
        }

        return null;
    }

    private bool Matches(DateTime shown)
    {
        var (day, weekday) = (_days[shown.Day], _weekdays[(int)shown.DayOfWeek]);
        return _minutes[shown.Minute] && _hours[shown.Hour] && _months[shown.Month]
            && (_eitherDay ? day || weekday : day && weekday);
    }

    private static string Field(Random random, int first, int last, out bool[] allowed)
    {
        allowed = new bool[last + 1];
        if (random.Next(2) == 0)
            return Item(random, first, last, allowed, random.Next(3));

        var items = new string[random.Next(1, 4)];
        for (var i = 0; i < items.Length; i++)
            items[i] = Item(random, first, last, allowed, random.Next(2, 6));
        return string.Join(',', items);
    }

    /// <summary>One item of a list, as text and as the values that it allows.</summary>
    private static string Item(Random random, int first, int last, bool[] allowed, int shape)
    {
        var (from, to) = (random.Next(first, last + 1), random.Next(first, last + 1));
        var step = random.Next(1, last / 2 + 1);
        (string text, from, to, step) = shape switch
        {
            0 => ("*", first, last, 1),
            1 => ($"*/{step}", first, last, step),
            2 => ($"{from}", from, from, 1),
            3 => ($"{from}-{to}", from, to, 1),
            4 => ($"{from}-{to}/{step}", from, to, step),
            _ => ($"{from}/{step}", from, last, step),
        };
        var left = 0;
        for (var value = from; ; value = value == last ? first : value + 1, left--)
        {
            if (left == 0)
                (allowed[value], left) = (true, step);
            if (value == to)
                return text;
        }
    }
}
