using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Rota.Copies;

/// <summary>What the rows of a table come to, whatever their order: the sum of their hashes, as stores sort
/// differently.</summary>
/// <remarks>A row's hash is the first half of the SHA-256 of its values, each with its type and its length before it.
/// The sum keeps what an exclusive or would lose: that a row stands there twice.</remarks>
public sealed class CopyHash
{
    private const byte IsNull = 0, IsNumber = 1, IsText = 2, IsBlob = 3;

    private byte[] _buffer = new byte[1_024];
    private UInt128 _sum;

    public long Rows { get; private set; }

    public override string ToString() => _sum.ToString("x32");

    public void Add(CopyPage page)
    {
        for (var row = 0; row < page.Count; row++)
            Add(page.Table, page[row]);
    }

    private void Add(CopyTable table, ReadOnlySpan<CopyValue> row)
    {
        var length = 0;
        for (var column = 0; column < row.Length; column++)
            length = Append(length, table.Columns[column].Type, row[column]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_buffer.AsSpan(0, length), hash);
        _sum = unchecked(_sum + BinaryPrimitives.ReadUInt128BigEndian(hash));
        Rows++;
    }

    private int Append(int at, CopyType type, CopyValue value)
    {
        const int Head = 1 + sizeof(long);
        if (value.IsNull)
        {
            Room(at + 1)[at] = IsNull;
            return at + 1;
        }
        if (type is CopyType.Integer or CopyType.Real)
        {
            Write(Room(at + Head), at, IsNumber,
                type == CopyType.Real ? BitConverter.DoubleToInt64Bits(value.Real) : value.Integer);
            return at + Head;
        }
        if (type == CopyType.Blob)
        {
            Write(Room(at + Head + value.Blob.Length), at, IsBlob, value.Blob.Length);
            value.Blob.CopyTo(_buffer.AsSpan(at + Head));
            return at + Head + value.Blob.Length;
        }
        var text = CopyValue.Storable(value.Text);
        var length = Encoding.UTF8.GetBytes(text, Room(at + Head + Encoding.UTF8.GetMaxByteCount(text.Length))
            .AsSpan(at + Head));
        Write(_buffer, at, IsText, length);
        return at + Head + length;
    }

    private byte[] Room(int length)
    {
        if (_buffer.Length < length)
            Array.Resize(ref _buffer, Math.Max(length, _buffer.Length * 2));
        return _buffer;
    }

    private static void Write(byte[] buffer, int at, byte type, long number)
    {
        buffer[at] = type;
        BinaryPrimitives.WriteInt64BigEndian(buffer.AsSpan(at + 1), number);
    }
}
