using System.Runtime.InteropServices;

namespace Rota.Copies;

/// <summary>Rows of one table that follow one another, not too many and not too heavy.</summary>
public sealed class CopyPage(CopyTable table)
{
    /// <summary>Rows of a table's first page. The next ones grow with what the rows weigh.</summary>
    public const int RowsFirst = 500;

    private const int RowsMax = 10_000;
    private const int BytesMax = 8_000_000;
    private const int GrowthMax = 4;

    private readonly List<CopyValue> _values = [];
    private long _bytes;

    public CopyTable Table => table;

    public int Count => _values.Count / table.Columns.Count;

    /// <summary>Whole rows are in, and they weigh enough: the reader stops here, whatever it was asked for.</summary>
    public bool IsFull => _bytes >= BytesMax && _values.Count % table.Columns.Count == 0;

    public ReadOnlySpan<CopyValue> this[int row] =>
        CollectionsMarshal.AsSpan(_values).Slice(row * table.Columns.Count, table.Columns.Count);

    /// <summary>The next page begins behind it.</summary>
    public IReadOnlyList<CopyValue> LastKey => [.. this[Count - 1][..table.KeyLength]];

    /// <summary>How many rows to ask for next.</summary>
    public int NextLimit => (int)Math.Clamp(Count * (long)BytesMax / Math.Max(_bytes, 1), 1,
        Math.Min(RowsMax, Count * GrowthMax));

    /// <summary>Adds the next value, row by row in the order of the columns.</summary>
    public void Add(CopyValue value)
    {
        _values.Add(value);
        _bytes += value.Bytes;
    }

    public void Replace(int row, int column, CopyValue value) => _values[row * table.Columns.Count + column] = value;
}
