using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>An eventfd: one thread wakes another that waits in <see cref="Epoll"/>.</summary>
internal sealed partial class WakeUp : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    public WakeUp()
    {
        Descriptor = CreateCall(0, CloseOnExec | NonBlocking);
        if (Descriptor < 0)
            throw new SystemCallException("eventfd");
    }

    public int Descriptor { get; }

    public void Set() => _ = Descriptors.Write(Descriptor, BitConverter.GetBytes(1L));

    public void Clear() => _ = Descriptors.Read(Descriptor, stackalloc byte[8]);

    public void Dispose() => Descriptors.Close(Descriptor);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateCall(uint start, int flags);
}
