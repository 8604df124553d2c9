namespace Rota.Schedules;

/// <summary>What a field of an expression stands for. The order is that of Quartz, and part of every spread.</summary>
internal enum CronPart { Second, Minute, Hour, Day, Month, Weekday, Year, Week }

/// <summary>One field of an expression: its range and names.</summary>
/// <param name="Name">As a message calls it.</param>
/// <param name="First">The lowest value.</param>
/// <param name="Last">The highest value that <c>*</c> means.</param>
/// <param name="Max">The highest value that may be written: 7 is a second name of Sunday for Unix.</param>
/// <param name="Names">English names, from <paramref name="First"/> on; empty when there are none.</param>
internal sealed record CronField(CronPart Part, string Name, int First, int Last, int Max, string[] Names)
{
    private static readonly CronField Second = new(CronPart.Second, "second", 0, 59, 59, []);
    private static readonly CronField Minute = new(CronPart.Minute, "minute", 0, 59, 59, []);
    private static readonly CronField Hour = new(CronPart.Hour, "hour", 0, 23, 23, []);
    private static readonly CronField Day = new(CronPart.Day, "day of month", 1, 31, 31, []);
    private static readonly CronField DayByEnd = Day with { Extra = "L, L-3, LW, 15W, " };
    private static readonly CronField DayByName = Day with { Extra = "last, 2nd fri, last fri, " };

    private static readonly CronField Month = new(CronPart.Month, "month", 1, 12, 12,
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]);

    private static readonly CronField Weekday = new(CronPart.Weekday, "day of week", 0, 6, 7,
        ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])
    { Extra = "fri#2, friL, " };

    private static readonly CronField WeekdayFrom1 = Weekday with { First = 1, Last = 7 };

    private static readonly CronField WeekdayFromMonday = new(CronPart.Weekday, "day of week", 0, 6, 6,
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);

    private static readonly CronField Year =
        new(CronPart.Year, "year", CronYears.First, CronYears.Last, CronYears.Last, []);

    private static readonly CronField Week = new(CronPart.Week, "week", 1, 53, 53, []);

    /// <summary>Seconds first and years last; without one or both of them.</summary>
    public static readonly CronField[] Unix = [Second, Minute, Hour, DayByEnd, Month, Weekday, Year];

    public static readonly CronField[] Quartz = [Second, Minute, Hour, DayByEnd, Month, WeekdayFrom1, Year];

    /// <summary>The five of <c>from_crontab</c>.</summary>
    public static readonly CronField[] Crontab = [Minute, Hour, DayByName, Month, WeekdayFromMonday];

    /// <summary>Those of APScheduler's CronTrigger, the most significant one first, with their keywords.</summary>
    public static readonly (string Keyword, CronField Field)[] Keywords =
    [
        ("year", Year), ("month", Month), ("day", DayByName), ("week", Week), ("day_of_week", WeekdayFromMonday),
        ("hour", Hour), ("minute", Minute), ("second", Second),
    ];

    /// <summary>What may be written besides the usual, each with a comma and a space.</summary>
    public string Extra { get; init; } = "";

    /// <summary>What may be written: a sentence.</summary>
    public string Advice =>
        $"Write {First} to {Max}, {Spelled}*, {Extra}a range a-b, a step */n or a list a,b for the {Name}.";

    private string Spelled => Names.Length == 0 ? "" : $"{Names[0]} to {Names[^1]}, ";

    /// <summary>The weekday that a value means, from 0 for Sunday on.</summary>
    public int WeekdayOf(int value) => (value - First + (Names[0] == "mon" ? 1 : 0)) % 7;

    /// <summary>The value of a name, or -1.</summary>
    public int ValueOf(ReadOnlySpan<char> name)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (name.Equals(Names[i], StringComparison.OrdinalIgnoreCase))
                return First + i;
        }

        return -1;
    }

    /// <summary>The bits of every step from one value to another, around the end of the range if need be.</summary>
    /// <param name="from">In range.</param>
    /// <param name="to">In range.</param>
    /// <param name="step">At least 1.</param>
    public ulong Bits(int from, int to, int step)
    {
        var size = Last - First + 1;
        if (from > Last)
            (from, to) = (First, to > Last ? First : to);
        if (step == 1 && from <= to && to <= Last)
            return (2UL << to) - (1UL << from);

        var length = to >= from ? to - from : to - from + size;
        var bits = 0UL;
        for (var distance = 0; distance <= length; distance += step)
            bits |= 1UL << First + (from - First + distance) % size;
        return bits;
    }
}
