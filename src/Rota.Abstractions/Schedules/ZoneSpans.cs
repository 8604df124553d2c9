using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rota.Schedules;

/// <summary>A stretch of time during which the clock of a zone is not changed.</summary>
/// <param name="From">The first instant, in ticks.</param>
/// <param name="Until">The first instant after it.</param>
/// <param name="Offset">What the clock is ahead of universal time, in ticks.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ZoneSpan(long From, long Until, long Offset);

/// <summary>The stretches of one zone over some decades, found once: asking the zone itself takes far longer.</summary>
/// <remarks>Finding them takes about a millisecond, and a zone never changes; so they are kept as long as the zone is.
/// </remarks>
internal sealed class ZoneSpans
{
    private static readonly ConditionalWeakTable<TimeZoneInfo, ZoneSpans> Known = [];
    private static readonly long First = new DateTime(2015, 1, 1).Ticks;
    private static readonly long Last = new DateTime(2065, 1, 1).Ticks;
    private static readonly long MaxTicks = DateTime.MaxValue.Ticks;

    private readonly TimeZoneInfo _zone;
    private readonly long[] _starts;
    private readonly long[] _offsets;
    private int _found; // mostly the stretch that is asked for next

    private ZoneSpans(TimeZoneInfo zone)
    {
        _zone = zone;
        List<long> starts = [First];
        List<long> offsets = [AskOffset(First)];
        for (var day = First; day < Last; day += TimeSpan.TicksPerDay)
        {
            if (AskOffset(day + TimeSpan.TicksPerDay) is var offset && offset != offsets[^1])
            {
                starts.Add(AskChange(day, day + TimeSpan.TicksPerDay));
                offsets.Add(offset);
            }
        }

        (_starts, _offsets) = ([.. starts], [.. offsets]);
    }

    public static ZoneSpans Of(TimeZoneInfo zone) => Known.GetValue(zone, static one => new ZoneSpans(one));

    /// <summary>The stretch around an instant; false before the first and after the last decade.</summary>
    public bool TryFind(long instant, out ZoneSpan span)
    {
        span = default;
        if (instant < First || instant >= Last)
            return false;

        var index = Volatile.Read(ref _found);
        if (instant < _starts[index] || instant >= End(index))
        {
            index = Array.BinarySearch(_starts, instant);
            index = index < 0 ? ~index - 1 : index;
            Volatile.Write(ref _found, index);
        }
        span = new(_starts[index], End(index), _offsets[index]);
        return true;
    }

    private long End(int index) => index + 1 < _starts.Length ? _starts[index + 1] : Last;

    /// <summary>The offset at an instant, in ticks.</summary>
    public long OffsetAt(long instant) => TryFind(instant, out var span) ? span.Offset : AskOffset(instant);

    /// <summary>The instant between two from which on the offset of the later one holds.</summary>
    /// <param name="low">At a whole second, as is <paramref name="high"/>: zones change at no others.</param>
    public long Change(long low, long high) =>
        TryFind(high, out var span) && span.From > low ? span.From : AskChange(low, high);

    /// <remarks>The one answer of a zone that is right also where it changes its base offset, not only its daylight
    /// saving time.</remarks>
    private long AskOffset(long instant) =>
        _zone.GetUtcOffset(new DateTime(Math.Clamp(instant, 0, MaxTicks), DateTimeKind.Utc)).Ticks;

    private long AskChange(long low, long high)
    {
        var before = AskOffset(low);
        while (high - low > TimeSpan.TicksPerSecond)
        {
            var middle = low + (high - low) / TimeSpan.TicksPerSecond / 2 * TimeSpan.TicksPerSecond;
            if (AskOffset(middle) == before)
                low = middle;
            else
                high = middle;
        }

        return high;
    }
}
