using System.Runtime.InteropServices;
using System.Text;

namespace Rota.Supervisor.Native;

/// <summary>A list of texts as C wants it: pointers to texts that end in 0, and a null pointer after them. One piece of
/// memory, freed when disposed.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly byte* _memory;

    public NativeStrings(IReadOnlyList<string> texts)
    {
        var pointers = sizeof(byte*) * (texts.Count + 1);
        var bytes = texts.Sum(text => Encoding.UTF8.GetByteCount(text) + 1);
        _memory = (byte*)NativeMemory.Alloc((nuint)(pointers + bytes));
        var next = _memory + pointers;
        for (var index = 0; index < texts.Count; index++)
        {
            Pointers[index] = next;
            next += Encoding.UTF8.GetBytes(texts[index], new Span<byte>(next, texts[index].Length * 3));
            *next++ = 0;
        }
        Pointers[texts.Count] = null;
    }

    public byte** Pointers => (byte**)_memory;

    public void Dispose() => NativeMemory.Free(_memory);
}
