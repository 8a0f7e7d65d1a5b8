"""The words that the router looks for, each cue by what it says."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CUES", "ENDINGS", "HOW_MANY", "LATIN_NUMBERS", "SMALL_TALK"]

HOW_MANY = "asks how many"
SMALL_TALK = "speaks to somebody"
"""The cue of greetings, thanks and pleas: what may stand around a question."""

CUES: Mapping[str, str] = {
    HOW_MANY: """
        কত কয়টি কয়টা কয়ডা কয়জন কয়খানা কয়দিন কয়বার কয়$ কটি$ কটা$ ক'টি ক'টা কজন$ ক'জন koto kto$
        koyta koita koyti koiti koyjon koijon koydin koybar koy$ koi$ kotogulo kototi
    """,
    "tells to work out": """
        নির্ণয় হিসাব হিসেব সমাধান বের$ কষে যোগফল বিয়োগফল গুণফল ভাগফল ভাগশেষ hisab ber$ nirnoy
    """,
    "names an operation": """
        যোগ বিয়োগ গুণ ভাগ বাদ jog$ biyog gun$ vag$ bhag
    """,
    "speaks of totals or comparison": """
        মোট সর্বমোট একত্রে বাকি অবশিষ্ট প্রতিটি প্রতি$ প্রত্যেক সমান চেয়ে বেশি কম$ আরও আরো
        দ্বিগুণ অর্ধেক গড়ে গড়$ ফেরত শতকরা অনুপাত mot$ baki protiti proti$ beshi kom$ aro$
        somman soman ferot
    """,
    "tells of having, giving or buying": """
        কাছে কিনল কিনে কিনেছ কিনতে বিক্রি দিল দিয়েছ খেল$ খেয়ে পেল$ পেয়ে জমা হারি রইল থাকল
        থাকবে লাগবে পাবে kache kinl kine bikri dilo dise pelo roilo thakbe lagbe pabe khelo
    """,
    "speaks of prices": """
        দাম মূল্য টাকা টাকায় লাভ ক্ষতি ছাড় সুদ dam$ taka tk$
    """,
    "sets a condition": """
        যদি হলে$ তাহলে তবে$ করলে দিলে নিলে jodi hole$ tahole korle
    """,
    "asks who, when, where, which, why": """
        কে$ কার$ কোন$ কোনটি কোথায় কবে কখন কেন$ কারা কীভাবে কিভাবে কী$ ke$ kobe$ kothay keno$
        kon$ kokhon konta kivabe
    """,
    "asks for a year or a date": """
        সালে সাল$ তারিখে তারিখ খ্রিস্টাব্দ শতাব্দী shale$ tarikh sale$
    """,
    "asks for a proof or a definition": """
        প্রমাণ প্রমান উপপাদ্য ব্যাখ্যা সংজ্ঞা কাকে$ সূত্র দেখাও দেখান লেখ$ লেখো লিখ বোঝায় prove
        proman
    """,
    "reads like a fact of the world": """
        জনসংখ্যা আয়তন উচ্চতা জেলা উপজেলা রাষ্ট্রপতি প্রধানমন্ত্রী নির্বাচন বিশ্বকাপ মহাদেশ গ্রহ
        সংবিধান জন্মগ্রহণ প্রতিষ্ঠিত মৃত্যু দেশে দেশের বাংলাদেশ পৃথিবী bangladesh
    """,
    SMALL_TALK: """
        ভাই$ ভাইয়া আপু আপা$ স্যার ম্যাম ম্যাডাম দোস্ত বন্ধুরা প্লিজ প্লীজ হেল্প সাহায্য ধন্যবাদ
        আসসালামু আলাইকুম সালাম নমস্কার হ্যালো হাই$ শোনেন শুনেন শোন$ একটু পারছি পারতেছি পারতেসি
        বুঝি বুঝতে বুঝতেছি অঙ্ক অংক ম্যাথ গণিত হোমওয়ার্ক পরীক্ষা বলবেন বলেন বলো$ কেউ$ প্রশ্ন
        জলদি তাড়াতাড়ি দয়া bhai$ vai$ apu$ sir$ madam$ mam$ maam$ plz pls please help thanks
        thank thx hi$ hello hey$ assalamu salam ektu math$ ongko onko parchi partesi bujhi keu$
        homework exam dost bondhu$
    """,
    "reads like a service message": """
        ওটিপি otp pin$ পিন$ কোড$ কোডটি অ্যাকাউন্ট একাউন্ট হটলাইন নম্বর নাম্বার রোড বাসা
        ব্যালেন্স মিটিং সিরিয়াল trxid বিকাশ নগদ$
    """,
    "reads like sport": """
        উইকেট রান$ রানে ম্যাচ গোল$ গোলে ইনিংস ওভারে টুর্নামেন্ট
    """,
    "reads like a recipe or a prescription": """
        চামচ স্বাদমতো ট্যাবলেট মিলিগ্রাম ডোজ রোগ ডাক্তার চিকিৎস চুলা ভেজে ওষুধ ঔষধ জ্বর প্রেশার
        রিপোর্ট
    """,
    "is told like news": """
        জানিয়েছ জানান জানায় বলেছেন সরকার মন্ত্রী পুলিশ কর্মকর্তা সংস্থা মন্ত্রণালয়
        আন্তর্জাতিক রাজনৈতিক গবেষণা প্রতিবেদন অভিযান আদালত নিহত আহত প্রকল্প বাজেট বরাদ্দ
    """,
    "names what comes in a known number": """
        পা$ পায়ে পায়ের পাগুলো পায়া চাকা আঙুল আঙ্গুল ডানা শিং বাহু কোণ ধার$ ধারগুলো তল$ দাঁত
        কান$ চোখ হাড় নখ পাপড়ি তার$ তারের চাবি তাস টেক্কা ঘুঁটি পাশা ছক্কা বর্ণমালা খেলোয়াড়
        ওভার মোজা জুতা দুল দস্তানা ত্রিভুজ চতুর্ভুজ পঞ্চভুজ ষড়ভুজ অষ্টভুজ ঘনক আয়তক্ষেত্র
        বর্গক্ষেত্র গরু ছাগল মুরগি হাঁস কুকুর বিড়াল মাকড়সা পিঁপড়া মৌমাছি সাইকেল রিকশা
        মোটরসাইকেল গাড়ি pa$ chaka angul haat$ paye
    """,
    "names dozens, pairs or spans of time": """
        ডজন হালি জোড়া কুড়ি$ রিম$ রিমে দিস্তা গ্রোস সপ্তাহ সাপ্তাহিক পক্ষ পাক্ষিক মাসিক বছরে
        বার্ষিক ত্রৈমাসিক লিপ$ অধিবর্ষ দশক শতাব্দী যুগ$ যুগে মিনিট ঘণ্টা ঘন্টা জানুয়ারি
        ফেব্রুয়ারি মার্চ$ এপ্রিল মে$ জুন$ জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর
        শনিবার রবিবার রোববার সোমবার মঙ্গলবার বুধবার বৃহস্পতিবার শুক্রবার বার$ dozon hali jora
        soptah shoptah ghonta minit minute
    """,
    "says how often": """
        প্রতিদিন প্রতিটি প্রতিটা প্রতি$ প্রত্যেক রোজ$ দৈনিক ঘণ্টায় মিনিটে সেকেন্ডে সপ্তাহে
        মাসে$ দিনে$ বারে$ পরপর অন্তর করে$ protidin proti$ protita
    """,
    "names a part or a multiple": """
        অর্ধেক আধা$ দ্বিগুণ দুইগুণ তিনগুণ চারগুণ গুণ$ গুন$ তৃতীয়াংশ চতুর্থাংশ অংশ শতাংশ শতকরা
        সোয়া সাড়ে পৌনে দেড় আড়াই ভাগের এক-তৃতীয়াংশ এক-চতুর্থাংশ এক-পঞ্চমাংশ ordhek dighun
        digun tingun sware share$ poune der$ arai
    """,
    "says what is left or lacking": """
        বাকি বাকী অবশিষ্ট রইল রয়ে থাকে$ থাকল থাকবে ফেরত দরকার প্রয়োজন লাগবে লাগে$ বাঁচল কমল
        বাড়ল পার্থক্য baki roilo thakbe thakbo lagbe ferot
    """,
    "tells of a change, or of now and before": """
        এখন এখনো এখনও বর্তমান আগে$ পরে$ তারপর এরপর শুরুতে বেড়ে কমে$ কমেছ কমিয়ে নামল নামলেন নেমে উঠল
        উঠলেন ভেঙে পচে ফেল$ ফেলল ফেলেছ উড়ে হারিয়ে যোগ$ সরিয়ে রেখেছ বানিয়েছ ekhon por$ age$ tarpor
        namlo uthlo
    """,
    "names a time of day": """
        সকাল দুপুর বিকেল বিকাল সন্ধ্যা রাত$ রাতে ভোর shokal sokal dupur bikal rat$ rate$
    """,
    "speaks of age or birth": """
        বয়স জন্ম boyos boyosh jonmo
    """,
    "names a quantity of school arithmetic": """
        ক্ষেত্রফল পরিসীমা পরিধি ব্যাসার্ধ বর্গমূল ঘনমূল লসাগু ল.সা.গু গসাগু গ.সা.গু সংখ্যা$ সংখ্যার সংখ্যাটি
        বেগ$ বেগে গতি দূরত্ব মুনাফা আসল$ চক্রবৃদ্ধি শ্রমিক sonkha songkha gor$ lav$ dam$ beg$
    """,
    "reads like shopping": """
        সাইজ ডেলিভারি চার্জ পিস$ স্টক কিস্তি ওয়ারেন্টি গ্যারান্টি অর্ডার ইনবক্স কালার লাস্ট$ অফার size$
        delivery stock available order inbox charge color offer budget
    """,
    "asks in the future or by a condition": """
        হবে$ পাবে$ লাগবে$ পারবে পড়বে$ যাবে$ করবে$ দেবে$ থাকবে$ হলে$ করলে$ দিলে$ নিলে$ কিনলে$
        খেলে$ গেলে$ থাকলে$ ধরলে$ পেলে$ বেচলে$ বিক্রি hobe lagbe parbe jabe korle dile nile
        thakle
    """,
    "speaks of a person with respect": """
        তিনি তাঁর তাঁকে তাঁরা যিনি যাঁর জনাব প্রধান সভাপতি অধিনায়ক লেখক কবি$ রাজা সম্রাট tini
    """,
    "reads like an encyclopaedia": """
        অবস্থিত বলে$ নামে$ খ্রিস্টপূর্ব শতকে প্রজাতি পাওয়া জনপ্রিয় বিখ্যাত প্রায়$ অন্যতম
        সর্বোচ্চ সর্বনিম্ন দৈর্ঘ্য গভীরতা বৃহত্তম ক্ষুদ্রতম সবচেয়ে প্রথম$ obosthito pray$
        shobcheye
    """,
}
"""Each cue by what it says, with the beginnings of its words: case endings do not matter.

Whole words end in ``$``.
"""

ENDINGS: Mapping[str, tuple[str, ...]] = {
    "asks what will be": ("বে", "বেন", "বো"),
    "asks what was": ("ল", "লো", "লাম", "লেন"),
    "asks what has been": ("েছে", "েছেন", "েছিল", "েছিলেন", "েছি"),
    "asks with respect": ("েন", "বেন", "লেন"),
}
"""How the verb of the question ends."""

LATIN_NUMBERS = frozenset(
    """
    aat aatta adha arai atharo baro bish chaar char charjon charta charte charti chhoy choddo
    chollish choy choyta der dojon dosh doshjon doshta doshti dozen dozon dui duijon duita
    dujon dusho duti duto egaro ek ekjon eksho ekta ekti hajar hali koti lakh noy noyta ordhek
    pach pachjon pachta pachti panch panchta pochis ponchash ponero saat sat satta sholo
    sotero tero tin tinjon tinta tinte tinti trish unish
    """.split()
)
"""Number words as romanised Bangla writes them, where they are none of another meaning."""
