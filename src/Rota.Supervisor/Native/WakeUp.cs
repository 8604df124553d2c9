using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>An eventfd: one thread wakes another that waits in <see cref="Epoll"/>.</summary>
internal sealed partial class WakeUp : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    private readonly Lock _gate = new();
    private bool _isClosed;

    public WakeUp()
    {
        Descriptor = CreateCall(0, CloseOnExec | NonBlocking);
        if (Descriptor < 0)
            throw new SystemCallException("eventfd");
    }

    public int Descriptor { get; }

    /// <summary>Also after its end, when it does nothing: answers may come late, and its number may be another file's.
    /// </summary>
    public void Set()
    {
        lock (_gate)
        {
            if (!_isClosed)
                _ = Descriptors.Write(Descriptor, BitConverter.GetBytes(1L));
        }
    }

    public void Clear() => _ = Descriptors.Read(Descriptor, stackalloc byte[8]);

    public void Dispose()
    {
        lock (_gate)
        {
            if (!_isClosed)
                Descriptors.Close(Descriptor);
            _isClosed = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateCall(uint start, int flags);
}
