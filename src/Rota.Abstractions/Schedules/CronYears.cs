namespace Rota.Schedules;

/// <summary>A set of years.</summary>
internal sealed class CronYears : IEquatable<CronYears>
{
    public const int First = 1970;
    public const int Last = 2199;

    private readonly ulong[] _bits = new ulong[(Last - First) / 64 + 1];

    private int _count;

    public bool IsAll => _count == Last - First + 1;

    public bool Has(int year) => year is >= First and <= Last && (_bits[year - First >> 6] >> (year - First) & 1) != 0;

    public void Add(int from, int to, int step)
    {
        for (var year = from; year <= to; year += step)
        {
            _count += Has(year) ? 0 : 1;
            _bits[year - First >> 6] |= 1UL << year - First;
        }
    }

    public IEnumerable<int> All() => Enumerable.Range(First, Last - First + 1).Where(Has);

    public bool Equals(CronYears? other) => other is not null && _bits.AsSpan().SequenceEqual(other._bits);

    public override bool Equals(object? obj) => Equals(obj as CronYears);

    public override int GetHashCode() => HashCode.Combine(_bits[0], _bits[1], _bits[2], _bits[3]);
}
