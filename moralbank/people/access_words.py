"""What may be done, and what was, in words: the actions of the policy's table and of the trail."""

from flask_babel import gettext as _

Words = dict[str, str]


def groups() -> list[tuple[str, Words]]:
    """Return the actions of the policy's table in words, under headings, in the table's order."""
    return [
        (_("登录和自己的口令"), _signing_in()),
        (_("同事和操作记录"), _staff()),
        (_("组织"), _organizations()),
        (_("志愿者和储蓄卡"), _volunteers()),
        (_("规则书"), _rulebook()),
        (_("代办"), _errands()),
        (_("居民来求助、要核实的事"), _asks_and_flags()),
        (_("星级和证书"), _stars()),
        (_("爱心超市"), _market()),
        (_("捐赠和困难户"), _giving()),
        (_("公示和公开的数字"), _notices()),
        (_("账本和工作台"), _book()),
    ]


def action_words() -> Words:
    """Return every action that may stand in the policy's table or in the trail, in words."""
    words: Words = {}
    for _heading, actions in groups():
        words |= actions
    return words | _done()


def _signing_in() -> Words:
    return {
        "tokens.issue": _("登录"),
        "tokens.end": _("退出登录"),
        "tokens.own": _("看自己在哪里登录着，退出别处"),
        "account.own": _("改自己的口令"),
    }


def _staff() -> Words:
    return {
        "staff.create": _("收新同事"),
        "staff.change": _("改同事的岗位、换口令、停用、恢复"),
        "staff.read": _("看同事名单"),
        "audit.read": _("查操作记录、看权限表"),
    }


def _organizations() -> Words:
    return {
        "organizations.create": _("新建组织、服务队、公益池"),
        "organizations.change": _("改组织的名称、电话"),
        "organizations.read": _("看组织名单"),
    }


def _volunteers() -> Words:
    return {
        "volunteers.open": _("开户"),
        "volunteers.change": _("改储户资料"),
        "volunteers.import": _("导入花名册"),
        "skills.change": _("改会做什么"),
        "volunteers.read": _("找储户、看名单"),
        "volunteers.read_one": _("看一位储户的资料"),
        "balances.read": _("看存折"),
        "cards.issue": _("发卡、批量制卡"),
        "cards.read": _("看卡上的二维码"),
        "cards.change": _("改密码、解锁、挂失"),
        "cards.own": _("手机出示动态码"),
        "cards.block": _("挂失自己的卡"),
        "delegates.name": _("指定代领人"),
        "delegates.end": _("停用代领人"),
        "delegates.read": _("看代领人"),
        "cards.identify": _("扫卡认人"),
        "photos.take": _("留照片"),
        "photos.see": _("看照片"),
        "photos.erase": _("删照片"),
        "accounts.freeze": _("冻结账户"),
        "accounts.thaw": _("解冻账户"),
        "accounts.end": _("登记销户、过世、并户"),
        "accounts.decide": _("核实销户、过世、并户"),
        "accounts.read": _("看账户变动"),
        "adjustments.post": _("调整积分"),
        "adjustments.read": _("看积分调整"),
    }


def _rulebook() -> Words:
    return {
        "catalogue.read": _("看服务目录"),
        "rulebooks.read": _("看规则书"),
        "rulebooks.publish": _("发布规则书"),
        "rulebook.replay": _("按规则书重算"),
    }


def _errands() -> Words:
    return {
        "events.request": _("接一件事"),
        "events.read": _("看代办"),
        "events.claim": _("认领"),
        "events.assign": _("指派志愿者"),
        "events.hand_over": _("转给别人办"),
        "events.withdraw": _("退出不办"),
        "events.no_show": _("记没有来"),
        "events.scan": _("扫卡签到签退"),
        "events.visit": _("扫居民家的码签到"),
        "events.decline": _("这次不去"),
        "events.end_series": _("停掉每周的"),
        "events.renew_codes": _("换评价码"),
        "events.call_back": _("电话回访"),
        "events.sweep": _("每天清理过期的"),
        "events.closing": _("看办结率"),
        "events.complete": _("记办完"),
        "events.rate": _("评价"),
        "events.cancel": _("取消代办"),
        "events.dispute": _("对代办提异议"),
        "events.evidence": _("给异议补材料"),
        "events.decide": _("裁定代办的异议"),
        "awards.review": _("复核积分入账"),
        "conduct.record": _("记加分、扣分"),
        "conduct.read": _("看加分、扣分"),
        "slips.print": _("印评价单"),
        "residents.own": _("居民看自己的页面"),
        "residents.link": _("给居民服务卡"),
    }


def _asks_and_flags() -> Words:
    return {
        "asks.send": _("网上求助"),
        "asks.decide": _("给求助的人回电、接下或不办"),
        "flags.look": _("查找异常"),
        "flags.read": _("看待核实的"),
        "flags.decide": _("核实"),
        "pairings.change": _("登记结对"),
        "pairings.read": _("看结对"),
    }


def _stars() -> Words:
    return {
        "stars.compute": _("评定星级"),
        "stars.review": _("复核星级"),
        "stars.publish": _("公布星级"),
        "stars.read": _("看星级评定"),
        "certificates.issue": _("开证书"),
        "certificates.read": _("看证书"),
        "certificates.revoke": _("作废证书"),
        "certificates.verify": _("查验证书真伪"),
    }


def _market() -> Words:
    return {
        "goods.change": _("上架、改价"),
        "goods.read": _("看物品"),
        "stock.move": _("进货、报损"),
        "stock.decide": _("处理盘点差额"),
        "stock.count": _("盘点"),
        "stock.read": _("看库存变动"),
        "terminals.change": _("新建、停用收银台"),
        "terminals.read": _("看收银台"),
        "closings.make": _("日结"),
        "closings.read": _("看日结"),
        "reservations.make": _("预留物品"),
        "reservations.cancel": _("取消预留"),
        "reservations.read": _("看预留"),
        "reservations.lapse": _("清理过期的预留"),
        "waiting.join": _("登记等到货"),
        "waiting.read": _("看谁在等到货"),
        "redemptions.make": _("兑换"),
        "redemptions.find": _("查没收到答复的兑换"),
        "redemptions.read": _("看兑换"),
        "redemptions.void": _("撤销兑换"),
        "receipts.show": _("网上看小票"),
        "money.record": _("记货款"),
        "money.read": _("看货款"),
        "books.read": _("看对账表"),
    }


def _giving() -> Words:
    return {
        "donations.make": _("转赠积分、捐物品"),
        "donations.read": _("看捐赠"),
        "donations.own": _("看自己的捐赠"),
        "households.change": _("登记困难户"),
        "households.read": _("看困难户"),
        "reliefs.propose": _("提出发放"),
        "reliefs.decide": _("批准发放"),
        "reliefs.void": _("撤销发放"),
        "reliefs.read": _("看发放"),
    }


def _notices() -> Words:
    return {
        "notices.draft": _("拟公示"),
        "notices.post": _("张贴、更正公示"),
        "notices.read": _("看公示"),
        "notices.own": _("看自己在公示里的行"),
        "objections.make": _("对公示提异议"),
        "objections.read": _("看公示的异议"),
        "objections.decide": _("裁定公示的异议"),
        "public.read": _("看公开的页面"),
    }


def _book() -> Words:
    return {
        "ledger.read": _("看账本"),
        "points.expire": _("到期积分清零"),
        "bank.back_up": _("备份"),
        "bank.restore": _("恢复备份"),
        "jobs.run": _("定时任务"),
        "lists.export": _("导出名单"),
        "desk.use": _("用工作台"),
        "me.use": _("用“我的”页面"),
    }


def _done() -> Words:
    """Return what the trail says that the policy's table does not."""
    return {
        "account.password": _("改了自己的口令"),
        "accounts.died": _("登记过世"),
        "accounts.frozen": _("冻结账户"),
        "accounts.left": _("登记销户"),
        "accounts.merged": _("登记并户"),
        "accounts.moved": _("迁到别的社区"),
        "accounts.thawed": _("解冻账户"),
        "adjustments.ask": _("提出调整积分"),
        "asks.see": _("看了求助人的姓名、电话"),
        "audit.export": _("导出操作记录"),
        "cards.issue_batch": _("批量制卡"),
        "cards.lock": _("密码输错，卡锁了"),
        "cards.revoke": _("作废卡"),
        "cards.see": _("看了卡号、二维码"),
        "cards.set_pin": _("改卡的密码"),
        "cards.unlock": _("解锁卡"),
        "conduct.withdraw": _("撤回加分、扣分"),
        "delegates.see": _("看了代领人的姓名、电话"),
        "goods.create": _("新上架"),
        "goods.picture": _("换物品照片"),
        "goods.season": _("定时令价"),
        "goods.season_end": _("停时令价"),
        "households.end": _("停用困难户"),
        "households.register": _("登记困难户"),
        "households.see": _("看了困难户是谁"),
        "notices.close": _("公示期满"),
        "objections.see": _("看了提异议的人"),
        "pairings.end": _("结束结对"),
        "pairings.register": _("登记结对"),
        "parcels.turn_into_points": _("捐的物品折成积分"),
        "reliefs.approve": _("批准发放"),
        "reliefs.reject": _("不批准发放"),
        "residents.see": _("看了居民的姓名、电话、地址"),
        "staff.password": _("给同事换口令"),
        "staff.stop": _("停用同事"),
        "staff.take_back": _("恢复同事"),
        "stock.received": _("进货"),
        "stock.damaged": _("报损"),
        "stock.approve": _("盘点差额入账"),
        "stock.moved": _("调拨"),
        "stock.reject": _("盘点差额退回"),
        "terminals.create": _("新建收银台"),
        "terminals.revoke": _("停用收银台"),
        "volunteers.see": _("看了储户的资料、账页"),
    }


def subject_words() -> Words:
    """Return what the lines of the trail are about, in words."""
    return {
        "adjustment": _("积分调整"),
        "ask": _("求助"),
        "card": _("储蓄卡"),
        "card_batch": _("一批卡"),
        "certificate": _("证书"),
        "community": _("社区"),
        "conduct": _("加分、扣分"),
        "delegate": _("代领人"),
        "district": _("区"),
        "donation": _("捐赠"),
        "flag": _("待核实的事"),
        "goods": _("物品"),
        "household": _("困难户"),
        "list": _("名单"),
        "notice": _("公示"),
        "objection": _("异议"),
        "pairing": _("结对"),
        "pool": _("公益池"),
        "redemption": _("兑换"),
        "relief": _("发放"),
        "reservation": _("预留"),
        "resident": _("居民"),
        "rulebook": _("规则书"),
        "service_event": _("代办"),
        "slip_batch": _("一批评价单"),
        "staff": _("同事"),
        "star_round": _("星级评定"),
        "station": _("代办站"),
        "street": _("街道"),
        "supermarket": _("爱心超市"),
        "team": _("服务队"),
        "terminal": _("收银台"),
        "trail": _("操作记录"),
        "volunteer": _("储户"),
        "wallet": _("钱包"),
    }
