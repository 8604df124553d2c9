namespace Rota.Schedules;

/// <summary>One field of an expression: its range and names.</summary>
/// <param name="Name">As a message calls it.</param>
/// <param name="First">The lowest value.</param>
/// <param name="Last">The highest value that <c>*</c> means.</param>
/// <param name="Max">The highest value that may be written: 7 is a second name of Sunday.</param>
/// <param name="Names">English names, from <paramref name="First"/> on; empty when there are none.</param>
internal sealed record CronField(string Name, int First, int Last, int Max, string[] Names)
{
    public static readonly CronField Minute = new("minute", 0, 59, 59, []);
    public static readonly CronField Hour = new("hour", 0, 23, 23, []);
    public static readonly CronField Day = new("day of month", 1, 31, 31, []);

    public static readonly CronField Month = new("month", 1, 12, 12,
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]);

    public static readonly CronField Weekday = new("day of week", 0, 6, 7,
        ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]);

    /// <summary>What may be written: a sentence.</summary>
    public string Advice =>
        $"Write {First} to {Max}, {Spelled}*, a range a-b, a step */n or a list a,b for the {Name}.";

    private string Spelled => Names.Length == 0 ? "" : $"{Names[0]} to {Names[^1]}, ";

    /// <summary>The bits of every step from one value to another, around the end of the range if need be.</summary>
    /// <param name="from">In range.</param>
    /// <param name="to">In range.</param>
    /// <param name="step">At least 1.</param>
    public ulong Bits(int from, int to, int step)
    {
        var size = Last - First + 1;
        if (from > Last)
            (from, to) = (First, to > Last ? First : to);

        var length = to >= from ? to - from : to - from + size;
        var bits = 0UL;
        for (var distance = 0; distance <= length; distance += step)
            bits |= 1UL << First + (from - First + distance) % size;
        return bits;
    }
}
