using Rota.Supervisor.Native;
using Xunit;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>Where control groups are, by what the system writes of its mounts: mountinfo is described in proc(5), the
/// names of groups in cgroups(7).</summary>
public sealed class ControlMountTests
{
    private const string Version1 = "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n";

    [Theory]
    [InlineData("29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate", "/sys/fs/cgroup",
        "/")]
    [InlineData("41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw", "/sys/fs/cgroup/unified", "/")]
    [InlineData("41 31 0:38 /a/b /mnt/my\\040groups rw - cgroup2 none rw", "/mnt/my groups", "/a/b")]
    public void The_mount_is_found_beside_those_of_version_1(string line, string folder, string root) =>
        Assert.Equal(new ControlMount(folder, root), ControlMount.Find($"{Version1}{line}\n"));

    [Fact]
    public void Version_1_alone_is_none() => Assert.Null(ControlMount.Find(Version1));

    [Theory]
    [InlineData("/", "/", "/g")]
    [InlineData("/", "/system.slice/rota.service", "/g/system.slice/rota.service")]
    [InlineData("/docker/1", "/docker/1", "/g")]
    [InlineData("/docker/1", "/docker/1/rota-7/web:web", "/g/rota-7/web:web")]
    [InlineData("/docker/1", "/docker/12", null)]
    [InlineData("/", "/../12", null)]
    [InlineData("/..", "/", null)]
    public void A_group_has_a_folder_where_it_is_below_what_is_mounted(string root, string group, string? folder) =>
        Assert.Equal(folder, new ControlMount("/g", root).FolderOfGroup(group));
}
