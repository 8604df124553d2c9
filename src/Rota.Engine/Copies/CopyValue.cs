namespace Rota.Copies;

/// <summary>One value of a row on its way from store to store.</summary>
public readonly struct CopyValue
{
    private const char NoText = '\uFFFD';

    private readonly long _number;
    private readonly object? _data;

    private CopyValue(long number, object? data) => (_number, _data) = (number, data);

    /// <summary>Neither number nor text nor bytes: NULL.</summary>
    public static CopyValue Null => default;

    public bool IsNull => _data is null;

    public long Integer => _number;

    public double Real => BitConverter.Int64BitsToDouble(_number);

    public string Text => (string)_data!; // the table says that it holds a text

    public byte[] Blob => (byte[])_data!; // the table says that it holds bytes

    /// <summary>What it weighs in memory, roughly.</summary>
    public int Bytes => _data switch
    {
        string text => Overhead + text.Length,
        byte[] bytes => Overhead + bytes.Length,
        _ => Overhead,
    };

    private const int Overhead = 24;

    public static CopyValue Of(long? value) => value is { } number ? new(number, typeof(long)) : Null;

    // SQLite knows no NaN, which it keeps as NULL, and no negative zero.
    public static CopyValue Of(double? value) => value is { } number && !double.IsNaN(number)
        ? new(BitConverter.DoubleToInt64Bits(number + 0.0), typeof(double)) : Null;

    public static CopyValue Of(string? value) => new(0, value);

    public static CopyValue Of(byte[]? value) => new(0, value);

    /// <summary>A text as every store can keep it: PostgreSQL has no U+0000, and U+FFFD stands in its place.</summary>
    public static string Storable(string text) => text.Replace('\0', NoText);
}
